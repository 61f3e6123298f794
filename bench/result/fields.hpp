// SPDX-License-Identifier: MIT
//
// The names under which the members of each result structure appear in a result file. Both writer
// and reader walk these lists, so neither can forget a field or spell it differently.
#pragma once

#include "bench/result/result.hpp"

#include <optional>
#include <tuple>

namespace rxlab::bench {

template <typename Struct, typename Member>
struct Field {
    const char* name;
    Member Struct::*member;
};
template <typename Struct, typename Member>
Field(const char*, Member Struct::*) -> Field<Struct, Member>;

// A field that is left out of the file if the member, a std::optional, is empty.
template <typename Struct, typename Member>
struct ExtraField {
    const char* name;
    std::optional<Member> Struct::*member;
};
template <typename Struct, typename Member>
ExtraField(const char*, std::optional<Member> Struct::*) -> ExtraField<Struct, Member>;

// Specialised for every structure with named fields.
template <typename Struct>
inline constexpr std::tuple<> kFields{};

template <typename Struct>
concept HasFields = std::tuple_size_v<std::remove_cvref_t<decltype(kFields<Struct>)>>
!= 0;

template <>
inline constexpr std::tuple kFields<Build>{
    Field{"version", &Build::version},       Field{"commit", &Build::commit},
    Field{"dirty", &Build::dirty},           Field{"compiler", &Build::compiler},
    Field{"build_type", &Build::build_type}, Field{"march", &Build::march},
    Field{"sanitize", &Build::sanitize}};

template <>
inline constexpr std::tuple kFields<TestBedInfo>{Field{"name", &TestBedInfo::name},
                                                 Field{"privileged", &TestBedInfo::privileged},
                                                 Field{"huge_pages", &TestBedInfo::huge_pages}};

template <>
inline constexpr std::tuple kFields<CpuInfo>{
    Field{"model", &CpuInfo::model},           Field{"architecture", &CpuInfo::architecture},
    Field{"online", &CpuInfo::online},         Field{"isolated", &CpuInfo::isolated},
    Field{"numa_nodes", &CpuInfo::numa_nodes}, Field{"smt", &CpuInfo::smt},
    Field{"governor", &CpuInfo::governor},     Field{"idle_driver", &CpuInfo::idle_driver}};

template <>
inline constexpr std::tuple kFields<KernelInfo>{
    Field{"release", &KernelInfo::release}, Field{"version", &KernelInfo::version},
    Field{"command_line", &KernelInfo::command_line},
    Field{"clocksource", &KernelInfo::clocksource},
    Field{"vulnerabilities", &KernelInfo::vulnerabilities}};

template <>
inline constexpr std::tuple kFields<MemoryInfo>{
    Field{"total_bytes", &MemoryInfo::total_bytes},
    Field{"transparent_huge_pages", &MemoryInfo::transparent_huge_pages},
    Field{"huge_pages", &MemoryInfo::huge_pages}};

template <>
inline constexpr std::tuple kFields<Environment>{
    Field{"cpu", &Environment::cpu},
    Field{"hypervisor", &Environment::hypervisor},
    Field{"kernel", &Environment::kernel},
    Field{"memory", &Environment::memory},
    Field{"distribution", &Environment::distribution},
    Field{"interface_driver", &Environment::interface_driver},
    Field{"dpdk_version", &Environment::dpdk_version},
    Field{"root", &Environment::root},
    ExtraField{"libraries", &Environment::libraries}};

template <>
inline constexpr std::tuple kFields<Settings>{Field{"rounds", &Settings::rounds},
                                              Field{"seed", &Settings::seed},
                                              Field{"quick", &Settings::quick},
                                              Field{"sender_cpu", &Settings::sender_cpu},
                                              Field{"receiver_cpu", &Settings::receiver_cpu},
                                              Field{"samples_beyond", &Settings::samples_beyond},
                                              Field{"confidence", &Settings::confidence}};

template <>
inline constexpr std::tuple kFields<LeftOut>{Field{"name", &LeftOut::name},
                                             Field{"reason", &LeftOut::reason}};

template <>
inline constexpr std::tuple kFields<Ledger>{
    Field{"sent", &Ledger::sent}, Field{"received", &Ledger::received},
    Field{"lost", &Ledger::lost}, Field{"duplicates", &Ledger::duplicates},
    Field{"late", &Ledger::late}, Field{"unexpected", &Ledger::unexpected}};

template <>
inline constexpr std::tuple kFields<StageFigures>{
    Field{"p50_ns", &StageFigures::p50_ns}, Field{"p99_ns", &StageFigures::p99_ns},
    Field{"max_ns", &StageFigures::max_ns}, Field{"negative", &StageFigures::negative}};

template <>
inline constexpr std::tuple kFields<StagesOfRun>{
    Field{"sender_lag", &StagesOfRun::sender_lag}, Field{"path", &StagesOfRun::path},
    Field{"book", &StagesOfRun::book}, ExtraField{"arrival", &StagesOfRun::arrival},
    ExtraField{"delivery", &StagesOfRun::delivery}};

template <>
inline constexpr std::tuple kFields<Usage>{
    Field{"user_s", &Usage::user_s},
    Field{"system_s", &Usage::system_s},
    Field{"voluntary_switches", &Usage::voluntary_switches},
    Field{"involuntary_switches", &Usage::involuntary_switches},
    Field{"minor_faults", &Usage::minor_faults},
    Field{"major_faults", &Usage::major_faults}};

template <>
inline constexpr std::tuple kFields<ReceiverReport>{
    Field{"digest", &ReceiverReport::digest}, Field{"books", &ReceiverReport::books},
    Field{"drops", &ReceiverReport::drops}, Field{"usage", &ReceiverReport::usage}};

template <>
inline constexpr std::tuple kFields<Pacing>{Field{"p50", &Pacing::p50}, Field{"p99", &Pacing::p99},
                                            Field{"max", &Pacing::max}};

template <>
inline constexpr std::tuple kFields<SenderReport>{
    Field{"pacing_ns", &SenderReport::pacing_ns}, Field{"send_errors", &SenderReport::send_errors},
    Field{"digest", &SenderReport::digest}, Field{"books", &SenderReport::books},
    Field{"usage", &SenderReport::usage}};

template <>
inline constexpr std::tuple kFields<ClockReport>{
    Field{"source", &ClockReport::source}, Field{"ticks_per_ns", &ClockReport::ticks_per_ns},
    Field{"sender_drift_ppm", &ClockReport::sender_drift_ppm},
    Field{"receiver_drift_ppm", &ClockReport::receiver_drift_ppm}};

template <>
inline constexpr std::tuple kFields<TraceReport>{
    Field{"sender_overflow", &TraceReport::sender_overflow},
    Field{"receiver_overflow", &TraceReport::receiver_overflow},
    Field{"complete", &TraceReport::complete}};

template <>
inline constexpr std::tuple kFields<CoreReport>{
    Field{"steal_s", &CoreReport::steal_s}, Field{"interrupts", &CoreReport::interrupts},
    Field{"receive_softirqs", &CoreReport::receive_softirqs},
    Field{"frequency_change_percent", &CoreReport::frequency_change_percent}};

template <>
inline constexpr std::tuple kFields<CoresReport>{Field{"seconds", &CoresReport::seconds},
                                                 Field{"sender", &CoresReport::sender},
                                                 Field{"receiver", &CoresReport::receiver}};

template <>
inline constexpr std::tuple kFields<Instrument>{
    Field{"two_clock_reads_ns", &Instrument::two_clock_reads_ns},
    Field{"empty_pipeline_ns", &Instrument::empty_pipeline_ns},
    Field{"clock_offset_ns", &Instrument::clock_offset_ns},
    Field{"clock_offset_uncertainty_ns", &Instrument::clock_offset_uncertainty_ns}};

template <>
inline constexpr std::tuple kFields<StallSummary>{
    Field{"count", &StallSummary::count},
    Field{"with_switch", &StallSummary::with_switch},
    Field{"total_ns", &StallSummary::total_ns},
    Field{"longest_ns", &StallSummary::longest_ns},
    ExtraField{"switched_ns", &StallSummary::switched_ns},
    ExtraField{"long_ns", &StallSummary::long_ns}};

template <>
inline constexpr std::tuple kFields<OtherProgram>{Field{"name", &OtherProgram::name},
                                                  Field{"cpu_percent", &OtherProgram::cpu_percent}};

template <>
inline constexpr std::tuple kFields<StallReport>{Field{"sender", &StallReport::sender},
                                                 Field{"receiver", &StallReport::receiver}};

template <>
inline constexpr std::tuple kFields<Outlier>{Field{"round", &Outlier::round},
                                             Field{"t_s", &Outlier::t_s},
                                             Field{"feed", &Outlier::feed},
                                             Field{"sequence", &Outlier::sequence},
                                             Field{"latency_ns", &Outlier::latency_ns},
                                             Field{"explained_ns", &Outlier::explained_ns},
                                             Field{"cause", &Outlier::cause}};

template <>
inline constexpr std::tuple kFields<CauseCounts>{
    Field{"sender_late", &CauseCounts::sender_late},
    Field{"core_stolen", &CauseCounts::core_stolen},
    Field{"context_switch", &CauseCounts::context_switch}, Field{"queued", &CauseCounts::queued},
    Field{"unexplained", &CauseCounts::unexplained}};

template <>
inline constexpr std::tuple kFields<Outliers>{
    Field{"by_cause", &Outliers::by_cause},
    Field{"attributed_percent", &Outliers::attributed_percent},
    Field{"packets", &Outliers::packets}};

template <>
inline constexpr std::tuple kFields<Run>{
    Field{"round", &Run::round},   Field{"position", &Run::position},
    Field{"ledger", &Run::ledger}, Field{"figures", &Run::figures},
    Field{"stages", &Run::stages}, Field{"receiver", &Run::receiver},
    Field{"sender", &Run::sender}, Field{"clock", &Run::clock},
    Field{"trace", &Run::trace},   Field{"cores", &Run::cores},
    Field{"gaps", &Run::stalls}};

template <>
inline constexpr std::tuple kFields<Summary>{
    Field{"value", &Summary::value}, Field{"min", &Summary::min}, Field{"max", &Summary::max},
    Field{"pooled", &Summary::pooled}};

template <>
inline constexpr std::tuple kFields<StageSummary>{Field{"p50_ns", &StageSummary::p50_ns},
                                                  Field{"p99_ns", &StageSummary::p99_ns},
                                                  Field{"max_ns", &StageSummary::max_ns}};

template <>
inline constexpr std::tuple kFields<StagesOverRounds>{
    Field{"sender_lag", &StagesOverRounds::sender_lag}, Field{"path", &StagesOverRounds::path},
    Field{"book", &StagesOverRounds::book}, ExtraField{"arrival", &StagesOverRounds::arrival},
    ExtraField{"delivery", &StagesOverRounds::delivery}};

template <>
inline constexpr std::tuple kFields<CpuCost>{
    Field{"user_s", &CpuCost::user_s}, Field{"system_s", &CpuCost::system_s},
    Field{"voluntary_switches", &CpuCost::voluntary_switches}};

template <>
inline constexpr std::tuple kFields<HistogramBuckets>{
    Field{"unit", &HistogramBuckets::unit},
    Field{"significant_digits", &HistogramBuckets::significant_digits},
    Field{"buckets", &HistogramBuckets::buckets}};

template <>
inline constexpr std::tuple kFields<TimelineBin>{
    Field{"t_s", &TimelineBin::t_s},       Field{"count", &TimelineBin::count},
    Field{"p50_ns", &TimelineBin::p50_ns}, Field{"p90_ns", &TimelineBin::p90_ns},
    Field{"p99_ns", &TimelineBin::p99_ns}, Field{"max_ns", &TimelineBin::max_ns}};

template <>
inline constexpr std::tuple kFields<Timeline>{Field{"round", &Timeline::round},
                                              Field{"bin_s", &Timeline::bin_s},
                                              Field{"bins", &Timeline::bins}};

template <>
inline constexpr std::tuple kFields<ReceiverResult>{
    Field{"name", &ReceiverResult::name},
    Field{"title", &ReceiverResult::title},
    Field{"kind", &ReceiverResult::kind},
    Field{"command", &ReceiverResult::command},
    Field{"sender_command", &ReceiverResult::sender_command},
    Field{"runs", &ReceiverResult::runs},
    Field{"figures", &ReceiverResult::figures},
    Field{"stages", &ReceiverResult::stages},
    Field{"ledger", &ReceiverResult::ledger},
    Field{"usage", &ReceiverResult::usage},
    Field{"histogram", &ReceiverResult::histogram},
    Field{"timeline", &ReceiverResult::timeline},
    Field{"outliers", &ReceiverResult::outliers}};

template <>
inline constexpr std::tuple kFields<Ratio>{Field{"numerator", &Ratio::numerator},
                                           Field{"denominator", &Ratio::denominator},
                                           Field{"figure", &Ratio::figure},
                                           Field{"value", &Ratio::value},
                                           Field{"low", &Ratio::low},
                                           Field{"high", &Ratio::high},
                                           Field{"confidence", &Ratio::confidence},
                                           Field{"pooled", &Ratio::pooled},
                                           Field{"difference", &Ratio::difference}};

template <>
inline constexpr std::tuple kFields<Control>{Field{"receiver", &Control::receiver},
                                             Field{"runs", &Control::runs},
                                             Field{"ratios", &Control::ratios}};

template <>
inline constexpr std::tuple kFields<Gate>{
    Field{"name", &Gate::name},     Field{"scope", &Gate::scope},
    Field{"status", &Gate::status}, Field{"measured", &Gate::measured},
    Field{"limit", &Gate::limit},   Field{"unit", &Gate::unit},
    Field{"advice", &Gate::advice}};

template <>
inline constexpr std::tuple kFields<Verdict>{Field{"verdict", &Verdict::verdict},
                                             Field{"gates", &Verdict::gates}};

template <>
inline constexpr std::tuple kFields<OverallVerdict>{Field{"verdict", &OverallVerdict::verdict},
                                                    Field{"reasons", &OverallVerdict::reasons}};

template <>
inline constexpr std::tuple kFields<ScenarioResult>{
    Field{"name", &ScenarioResult::name},
    Field{"title", &ScenarioResult::title},
    Field{"feeds", &ScenarioResult::feeds},
    Field{"rate_per_feed", &ScenarioResult::rate_per_feed},
    Field{"profile", &ScenarioResult::profile},
    Field{"seconds", &ScenarioResult::seconds},
    Field{"warmup_s", &ScenarioResult::warmup_s},
    Field{"messages_per_packet", &ScenarioResult::messages_per_packet},
    Field{"receivers", &ScenarioResult::receivers},
    Field{"ratios", &ScenarioResult::ratios},
    Field{"control", &ScenarioResult::control},
    ExtraField{"other_programs", &ScenarioResult::other_programs},
    Field{"verdict", &ScenarioResult::verdict}};

template <>
inline constexpr std::tuple kFields<Result>{
    Field{"created", &Result::created},
    Field{"rxlab", &Result::rxlab},
    Field{"testbed", &Result::testbed},
    Field{"environment", &Result::environment},
    Field{"settings", &Result::settings},
    Field{"instrument", &Result::instrument},
    Field{"candidates_left_out", &Result::candidates_left_out},
    Field{"scenarios", &Result::scenarios},
    Field{"verdict", &Result::verdict}};

}  // namespace rxlab::bench
