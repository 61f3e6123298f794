// SPDX-License-Identifier: MIT
#include <rxlab/latency/nic_clock.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace rxlab::latency {
namespace {

// The first readings of a line follow each other so fast.
constexpr double kFirstInterval_ns = 1e7;
// What the NIC's rate may change by until it is read again: a PTP daemon that has settled changes
// it by less. Larger changes show as drift, or as a jump, once the clock is read.
constexpr double kRateChange = 1e-6;

double signed_ticks(Ticks from, Ticks to) noexcept {
    return static_cast<double>(static_cast<std::int64_t>(to - from));
}

}  // namespace

NicClock::NicClock(double ticks_per_ns, double error_ns_max, unsigned counter_bits) noexcept
    : ticks_per_ns_{ticks_per_ns},
      error_max_{error_ns_max * ticks_per_ns},
      unused_bits_{64 - counter_bits} {}

// The shorter way around, where the counter wraps.
double NicClock::units(std::uint64_t from, std::uint64_t to) const noexcept {
    return static_cast<double>(static_cast<std::int64_t>((to - from) << unused_bits_) >>
                               unused_bits_);
}

const NicClock::Point& NicClock::kept(std::size_t i) const noexcept {
    return points_[(next_ + kReadings - count_ + i) % kReadings];
}

// A reading is cut off to a whole unit: so may be both ends of the line, and the stamp itself.
NicClock::Estimate NicClock::estimate(const Line& line, std::uint64_t nic) const noexcept {
    const double span = units(line.older.nic, line.newer.nic);
    const double after = units(line.newer.nic, nic);
    const double beyond = std::max({0.0, after, -(span + after)});
    const double older = line.older.half + line.rate;
    const double newer = line.newer.half + line.rate;
    const double nearer = beyond == 0 ? std::max(older, newer) : after > 0 ? newer : older;
    return {after * line.rate, nearer + line.rate + line.drift +
                                   beyond / span * (older + newer + line.drift) +
                                   beyond * line.rate * kRateChange};
}

// Half as long as the line is, at first.
double NicClock::interval(Ticks now) const noexcept {
    const double shortest = kFirstInterval_ns * ticks_per_ns_;
    if (count_ < kReadingsMin) return shortest;
    return std::clamp(signed_ticks(kept(0).middle, now) / 2, shortest,
                      kInterval_ns * ticks_per_ns_);
}

void NicClock::wait(Ticks now, double ns) noexcept {
    due_ = now + static_cast<Ticks>(ns * ticks_per_ns_);
}

void NicClock::forget() noexcept {
    count_ = 0;
    line_.reset();
}

// Whether the clock is where the line says, give or take what the line does not know.
bool NicClock::fits(const Point& point) const noexcept {
    const Estimate expected = estimate(*line_, point.nic);
    const double missed = signed_ticks(line_->newer.middle, point.middle) - expected.after_newer;
    return std::abs(missed) <= expected.error + point.half + error_max_;
}

void NicClock::add(const NicReading& reading) noexcept {
    ++readings_;
    const double width = signed_ticks(reading.before, reading.after);
    const Point point{reading.nic, reading.before + (reading.after - reading.before) / 2,
                      width / 2};
    if (point.half > error_max_) {
        ++wide_;  // the next one may do, unless none ever did
        wait(reading.after, count_ > 0 ? kFirstInterval_ns : kInterval_ns);
        return;
    }
    if (narrowest_ == 0 || point.half < narrowest_) narrowest_ = point.half;
    if (count_ > 0 &&
        signed_ticks(kept(count_ - 1).middle, point.middle) > kPause_ns_max * ticks_per_ns_) {
        forget();
    } else if (line_ && !fits(point)) {
        ++jumps_;
        forget();
    }
    points_[next_] = point;
    next_ = (next_ + 1) % kReadings;
    count_ = std::min(count_ + 1, kReadings);
    fit();
    due_ = reading.after + static_cast<Ticks>(interval(reading.after));
}

void NicClock::add_failure(Ticks now) noexcept {
    ++failures_;
    wait(now, kInterval_ns);
}

// Readings that do not lie on one line are of different rates: the older ones go.
void NicClock::fit() noexcept {
    for (line_ = best_line(); line_ && line_->drift > 0 && count_ > kReadingsMin;
         line_ = best_line())
        count_ = std::max(kReadingsMin, count_ / 2);
}

// Of all pairs, the one whose line has the smallest error when the next reading is due.
std::optional<NicClock::Line> NicClock::best_line() const noexcept {
    if (count_ < 2) return std::nullopt;
    const Point& newest = kept(count_ - 1);
    const double range = units(kept(0).nic, newest.nic);
    if (range <= 0) return std::nullopt;  // it stands still, or runs backwards
    const double rate = signed_ticks(kept(0).middle, newest.middle) / range;
    const std::uint64_t then =
        newest.nic + static_cast<std::uint64_t>(interval(newest.middle) / rate);
    std::optional<Line> best;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t newer = 1; newer < count_; ++newer) {
        for (std::size_t older = 0; older < newer; ++older) {
            const Line line{kept(older), kept(newer), rate, 0};
            if (units(line.older.nic, line.newer.nic) <= 0) return std::nullopt;
            const double error = estimate(line, then).error;
            if (error >= least) continue;
            least = error;
            best = line;
        }
    }
    best->rate = signed_ticks(best->older.middle, best->newer.middle) /
                 units(best->older.nic, best->newer.nic);
    best->drift = drift_of(*best);
    return best;
}

double NicClock::drift_of(const Line& line) const noexcept {
    double most = 0;
    for (std::size_t i = 0; i < count_; ++i) {
        const Point& point = kept(i);
        const double missed = std::abs(signed_ticks(line.newer.middle, point.middle) -
                                       units(line.newer.nic, point.nic) * line.rate);
        most = std::max(most, missed - point.half - line.rate);
    }
    return most;
}

std::optional<NicClock::Instant> NicClock::to_ticks(std::uint64_t nic) const noexcept {
    if (!line_ || count_ < kReadingsMin) return std::nullopt;
    const Estimate found = estimate(*line_, nic);
    if (!(found.error <= error_max_)) return std::nullopt;
    return Instant{line_->newer.middle + static_cast<Ticks>(std::llround(found.after_newer)),
                   found.error / ticks_per_ns_};
}

std::optional<double> NicClock::unit_ns() const noexcept {
    if (!line_ || count_ < kReadingsMin) return std::nullopt;
    return line_->rate / ticks_per_ns_;
}

std::optional<double> NicClock::narrowest_ns() const noexcept {
    if (narrowest_ == 0) return std::nullopt;
    return narrowest_ / ticks_per_ns_;
}

}  // namespace rxlab::latency
