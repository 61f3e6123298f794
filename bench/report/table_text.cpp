// SPDX-License-Identifier: MIT
#include "bench/report/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace rxlab::bench {
namespace {

constexpr std::size_t kTerminalColumns = 100;  // of a terminal

// The width on a terminal: UTF-8 continuation bytes take no room of their own.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

std::vector<std::size_t> column_widths(const Table& table) {
    std::vector<std::size_t> widths;
    for (const std::string& column : table.columns)
        widths.push_back(width(column));
    for (const auto& row : table.rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i]));
    }
    return widths;
}

// Aligned to the left or to the right.
std::string padded(const std::string& text, std::size_t to, bool is_left) {
    const std::string space(to - width(text), ' ');
    return is_left ? text + space : space + text;
}

// As many characters as fit; UTF-8 characters stay whole.
std::size_t bytes_of(std::string_view text, std::size_t characters) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool is_first = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
        if (is_first && characters-- == 0) break;
    }
    return at;
}

// A cell's lines: broken between words, and in a word that is wider than its column.
std::vector<std::string> lines_of(std::string cell, std::size_t columns) {
    std::vector<std::string> lines;
    while (width(cell) > columns) {
        const std::size_t room = bytes_of(cell, columns);
        const std::size_t space = cell.rfind(' ', room);
        const bool at_space = space != std::string::npos && space != 0;
        lines.push_back(cell.substr(0, at_space ? space : room));
        cell.erase(0, at_space ? space + 1 : room);
    }
    lines.push_back(std::move(cell));
    return lines;
}

constexpr std::size_t kBefore = 2;  // spaces before a table

struct TableLayout {
    std::vector<std::size_t> widths;  // of columns
    std::size_t between = 3;          // spaces between them
};

std::string text_row(const std::vector<std::string>& cells, const TableLayout& layout) {
    const auto& widths = layout.widths;
    std::vector<std::vector<std::string>> lines;
    std::size_t count = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        lines.push_back(lines_of(cells[i], widths[i]));
        count = std::max(count, lines.back().size());
    }
    std::string text;
    for (std::size_t at = 0; at < count; ++at) {
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            line += std::string(i == 0 ? kBefore : layout.between, ' ');
            line += padded(at < lines[i].size() ? lines[i][at] : "", widths[i], i == 0);
        }
        while (line.ends_with(' '))
            line.pop_back();
        text += line + '\n';
    }
    return text;
}

std::size_t longest_word(const std::string& text) {
    std::size_t longest = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        longest = std::max(longest, width(text.substr(at, end - at)));
        at = end + 1;
    }
    return longest;
}

// One in which the table fits: headings are broken first, then columns come nearer to each other,
// then the cells of the widest one are broken.
TableLayout fitting_layout(const Table& table) {
    constexpr std::size_t kNarrow = 12;
    TableLayout layout{column_widths(table)};
    std::vector<std::size_t>& widths = layout.widths;
    std::vector<std::size_t> whole(widths.size(), 0);
    std::size_t all = kBefore + layout.between * (widths.size() - 1);
    for (std::size_t i = 0; i < widths.size(); ++i) {
        all += widths[i];
        whole[i] = longest_word(table.columns[i]);
        for (const auto& row : table.rows)
            whole[i] = std::max(whole[i], i < row.size() ? width(row[i]) : 0);
    }
    const auto shrink_to = [&](const std::vector<std::size_t>& least) {
        while (all > kTerminalColumns) {
            std::size_t widest = widths.size();
            for (std::size_t i = 0; i < widths.size(); ++i) {
                const bool can = widths[i] > least[i];
                if (can && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
            }
            if (widest == widths.size()) return;
            --widths[widest];
            --all;
        }
    };
    shrink_to(whole);
    if (all <= kTerminalColumns) return layout;
    --layout.between;
    all -= widths.size() - 1;
    shrink_to(std::vector<std::size_t>(widths.size(), kNarrow));
    return layout;
}

std::string text_table(const Table& table) {
    const TableLayout layout = fitting_layout(table);
    std::string text = table.title + "\n" + text_row(table.columns, layout);
    for (const auto& row : table.rows)
        text += text_row(row, layout);
    return text + '\n';
}

std::string escaped(const std::string& cell) {
    std::string text;
    for (char c : cell) {
        if (c == '|') text += '\\';
        text += c;
    }
    return text;
}

// `alignment`: an l or r for each column.
std::string markdown_row(const std::vector<std::string>& cells,
                         const std::vector<std::size_t>& widths, std::string_view alignment) {
    std::string line = "|";
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string cell = escaped(cells[i]);
        line += fmt::format(" {} |",
                            padded(cell, std::max(widths[i], width(cell)), alignment[i] == 'l'));
    }
    return line + '\n';
}

// Breaks a line at spaces and indents the continuation lines.
std::string wrapped(const std::string& line, std::size_t columns) {
    std::string text, rest = line;
    std::string indent;
    while (indent.size() + width(rest) > columns) {
        std::size_t at = rest.rfind(' ', columns - indent.size());
        if (at == std::string::npos || at == 0) break;
        text += indent + rest.substr(0, at) + '\n';
        rest.erase(0, at + 1);
        indent = "    ";
    }
    return text + indent + rest + '\n';
}

}  // namespace

std::string markdown_rows(const Table& table, std::string_view alignment) {
    const std::vector<std::size_t> widths = column_widths(table);
    std::string text = markdown_row(table.columns, widths, alignment) + '|';
    for (std::size_t i = 0; i < widths.size(); ++i) {
        const std::string dashes(widths[i] + 1, '-');
        text += alignment[i] == 'l' ? fmt::format(":{}|", dashes) : fmt::format("{}:|", dashes);
    }
    text += '\n';
    for (const auto& row : table.rows)
        text += markdown_row(row, widths, alignment);
    return text;
}

std::string to_markdown(const Document& document) {
    std::string text = fmt::format("# {}\n\n", document.title);
    std::vector<std::string> header = document.verdict;
    header.insert(header.end(), document.header.begin(), document.header.end());
    for (const std::string& line : header) {
        text += (line.starts_with("- ") ? "  " + line : "- " + line) + '\n';
    }
    for (const auto& section : document.sections) {
        text += fmt::format("\n## {}\n\n", section.title);
        for (const Table& table : section.tables) {
            const std::string alignment = 'l' + std::string(table.columns.size() - 1, 'r');
            text += fmt::format("**{}**\n\n{}\n", table.title, markdown_rows(table, alignment));
        }
    }
    text += "## How to read this\n\n";
    for (const std::string& note : document.footnotes)
        text += "- " + note + '\n';
    if (!document.answer.empty()) text += "\n## What this run says\n\n";
    for (const std::string& line : document.answer)
        text += "- " + line + '\n';
    return text;
}

std::string to_plain_text(const Document& document) {
    std::string text;
    for (const std::string& line : document.verdict)
        text += wrapped(line, kTerminalColumns);
    if (!document.answer.empty()) text += "\nWhat this run says\n==================\n\n";
    for (const std::string& line : document.answer)
        text += wrapped("- " + line, kTerminalColumns);
    if (!text.empty() && !document.header.empty()) text += '\n';
    for (const std::string& line : document.header)
        text += wrapped(line, kTerminalColumns);
    if (!text.empty()) text += '\n';
    for (const auto& section : document.sections) {
        text += section.title + '\n' + std::string(width(section.title), '=') + "\n\n";
        for (const Table& table : section.tables)
            text += text_table(table);
    }
    for (const std::string& note : document.footnotes)
        text += wrapped("- " + note, kTerminalColumns);
    return text;
}

}  // namespace rxlab::bench
