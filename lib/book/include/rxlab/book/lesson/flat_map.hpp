// SPDX-License-Identifier: MIT
//
// A map that is a sorted vector: one piece of memory in place of a node an entry. It has as much of
// std::map as MapStore asks for. An insert or erase moves all entries behind it, and invalidates
// iterators. Owns its memory. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace rxlab::book {

template <typename Key, typename Value>
class FlatMap {
  public:
    using Entry = std::pair<Key, Value>;
    using Iterator = typename std::vector<Entry>::iterator;

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] auto begin() const noexcept { return entries_.begin(); }
    [[nodiscard]] auto rbegin() const noexcept { return entries_.rbegin(); }
    [[nodiscard]] auto end() const noexcept { return entries_.end(); }
    [[nodiscard]] auto end() noexcept { return entries_.end(); }

    [[nodiscard]] Iterator find(Key key) noexcept {
        const Iterator at = place_of(key);
        return at != entries_.end() && at->first == key ? at : entries_.end();
    }
    // Of a key that is not there yet, a new value.
    [[nodiscard]] Value& operator[](Key key) {
        const Iterator at = place_of(key);
        if (at != entries_.end() && at->first == key) return at->second;
        return entries_.insert(at, Entry{key, Value{}})->second;
    }
    void erase(Iterator at) noexcept { entries_.erase(at); }
    void clear() noexcept { entries_.clear(); }

  private:
    [[nodiscard]] Iterator place_of(Key key) noexcept {
        return std::lower_bound(entries_.begin(), entries_.end(), key,
                                [](const Entry& entry, Key k) { return entry.first < k; });
    }

    std::vector<Entry> entries_;  // by key
};

}  // namespace rxlab::book
