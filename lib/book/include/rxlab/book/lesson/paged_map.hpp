// SPDX-License-Identifier: MIT
//
// A map from numbers that are handed out in a row: pages of 64 entries in indices of 64 pages, and
// a hash table of those, which is small enough to stay in the cache. It has as much of
// std::unordered_map as MapStore asks for. Pages are made when they are needed and freed when they
// are empty, so numbers that are far apart take a page and an index each: that is why the fast
// layouts do it otherwise (order_table.hpp). Owns its memory; pointers to entries are valid until
// the entry is erased. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

namespace rxlab::book {

template <typename Key, typename Value>
class PagedMap {
  public:
    using Entry = std::pair<Key, Value>;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] static Entry* end() noexcept { return nullptr; }
    [[nodiscard]] Entry* find(Key key) noexcept {
        Page* const page = page_of(key);
        return page != nullptr && page->has(key) ? &page->entries[key % kPage] : nullptr;
    }

    // The key must not be there.
    void emplace(Key key, const Value& value) {
        Index& index = indices_[key / kPage / kIndex];
        std::unique_ptr<Page>& page = (*index.pages)[key / kPage % kIndex];
        if (!page) {
            page = std::make_unique<Page>();
            ++index.used;
        }
        page->entries[key % kPage] = {key, value};
        page->used |= bit_of(key);
        ++size_;
    }
    // The key must be there.
    void erase(Key key) {
        const auto found = indices_.find(key / kPage / kIndex);
        Index& index = found->second;
        std::unique_ptr<Page>& page = (*index.pages)[key / kPage % kIndex];
        page->used &= ~bit_of(key);
        --size_;
        if (page->used != 0) return;
        page.reset();
        if (--index.used == 0) indices_.erase(found);
    }

    void clear() noexcept {
        indices_.clear();
        size_ = 0;
    }

    template <typename Visitor>
    void for_each(Visitor&& visitor) const {
        for (const auto& [number, index] : indices_) {
            for (const auto& page : *index.pages) {
                if (page) visit(*page, visitor);
            }
        }
    }

  private:
    static constexpr Key kPage = 64;
    static constexpr Key kIndex = 64;

    struct Page {
        std::uint64_t used = 0;  // bit i: entry i
        std::array<Entry, kPage> entries{};

        [[nodiscard]] bool has(Key key) const noexcept { return (used & bit_of(key)) != 0; }
    };

    [[nodiscard]] static std::uint64_t bit_of(Key key) noexcept {
        return std::uint64_t{1} << key % kPage;
    }
    // The pages of 4,096 keys in a row.
    struct Index {
        std::unique_ptr<std::array<std::unique_ptr<Page>, kIndex>> pages =
            std::make_unique<std::array<std::unique_ptr<Page>, kIndex>>();
        std::size_t used = 0;
    };

    [[nodiscard]] Page* page_of(Key key) const noexcept {
        const auto found = indices_.find(key / kPage / kIndex);
        if (found == indices_.end()) return nullptr;
        return (*found->second.pages)[key / kPage % kIndex].get();
    }
    template <typename Visitor>
    static void visit(const Page& page, Visitor&& visitor) {
        for (Key i = 0; i < kPage; ++i) {
            if (page.has(i)) visitor(page.entries[i]);
        }
    }

    std::unordered_map<Key, Index> indices_;
    std::size_t size_ = 0;
};

}  // namespace rxlab::book
