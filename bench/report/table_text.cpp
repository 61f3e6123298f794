// SPDX-License-Identifier: MIT
#include "bench/report/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace rxlab::bench {
namespace {

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

std::string text_row(const std::vector<std::string>& cells,
                     const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        line += i == 0 ? "  " : "   ";
        line += padded(cells[i], widths[i], i == 0);
    }
    while (line.ends_with(' '))
        line.pop_back();
    return line + '\n';
}

std::string text_table(const Table& table) {
    const std::vector<std::size_t> widths = column_widths(table);
    std::string text = table.title + "\n" + text_row(table.columns, widths);
    for (const auto& row : table.rows)
        text += text_row(row, widths);
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
    for (const std::string& line : document.header) {
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
    constexpr std::size_t kColumns = 100;
    std::string text;
    for (const auto& section : document.sections) {
        text += section.title + '\n' + std::string(width(section.title), '=') + "\n\n";
        for (const Table& table : section.tables)
            text += text_table(table);
    }
    for (const std::string& note : document.footnotes)
        text += wrapped("- " + note, kColumns);
    text += '\n';
    for (const std::string& line : document.header)
        text += wrapped(line, kColumns);
    if (!document.answer.empty()) text += "\nWhat this run says\n==================\n\n";
    for (const std::string& line : document.answer)
        text += wrapped("- " + line, kColumns);
    return text;
}

}  // namespace rxlab::bench
