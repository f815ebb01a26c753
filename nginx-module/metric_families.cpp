#include "nginx-module/metric_families.hpp"

#include "nginx-module/metric_sample.hpp"
#include "nginx-module/slices.hpp"

namespace teal::nginx {
namespace {

using counters::VariantCounters;

constexpr std::string_view kBoundTexts[kBounds] = {
    "0.000256", "0.000512", "0.001024", "0.002048", "0.004096", "0.008192",
    "0.016384", "0.032768", "0.065536", "0.131072", "0.262144", "0.524288",
    "1.048576", "2.097152", "4.194304", "8.388608", "16.777216"};

void write_word(const MetricFamily& family, const MetricRow& row, MetricText& text) {
    sample(text, family.name, row.label_text()).number(row.words[family.word]).text("\n");
}

struct Outcome {
    std::string_view label;
    std::size_t word;
};
constexpr Outcome kOutcomes[] = {
    {"1xx", word_at(offsetof(VariantCounters, status_1xx))},
    {"2xx", word_at(offsetof(VariantCounters, status_2xx))},
    {"3xx", word_at(offsetof(VariantCounters, status_3xx))},
    {"4xx", word_at(offsetof(VariantCounters, status_4xx))},
    {"5xx", word_at(offsetof(VariantCounters, status_5xx))},
    {"connect_error", word_at(offsetof(VariantCounters, connect_errors))},
    {"timeout", word_at(offsetof(VariantCounters, timeouts))},
    {"reset", word_at(offsetof(VariantCounters, resets))},
    {"client_closed", word_at(offsetof(VariantCounters, client_closed))},
    {"stale_connection", word_at(offsetof(VariantCounters, stale_connections))},
};

void write_outcomes(const MetricFamily& family, const MetricRow& row, MetricText& text) {
    for (const Outcome& outcome : kOutcomes) {
        sample(text, family.name, row.label_text(), "outcome", outcome.label)
            .number(row.words[outcome.word])
            .text("\n");
    }
}

void write_in_flight(const MetricFamily& family, const MetricRow& row, MetricText& text) {
    VariantCounters sum;
    sum.started = row.words[word_at(offsetof(VariantCounters, started))];
    sum.finished = row.words[word_at(offsetof(VariantCounters, finished))];
    sum.lost = row.words[word_at(offsetof(VariantCounters, lost))];
    sample(text, family.name, row.label_text()).number(counters::in_flight(sum)).text("\n");
}

void write_weight(const MetricFamily& family, const MetricRow& row, MetricText& text) {
    if (row.entry != nullptr) {
        sample(text, family.name, row.label_text()).millionths(row.entry->weight_ppm).text("\n");
    }
}

void write_state(const MetricFamily& family, const MetricRow& row, MetricText& text) {
    constexpr std::string_view kStates[] = {"open", "draining", "closed"};
    for (std::size_t i = 0; row.entry != nullptr && i < 3; ++i) {
        sample(text, family.name, row.label_text(), "state", kStates[i])
            .text(row.entry->state == i ? "1\n" : "0\n");
    }
}

void write_endpoint_count(const MetricFamily& family, const MetricRow& row, MetricText& text) {
    if (row.entry != nullptr && row.variant->upstream == nullptr) {
        sample(text, family.name, row.label_text()).number(row.endpoint_count()).text("\n");
    }
}

void write_histogram(const MetricFamily& family, const MetricRow& row, MetricText& text) {
    if (!row.has_attempts) {
        return;
    }
    const bool is_total = family.word == word_at(offsetof(VariantCounters, total_sum_us));
    const MetricBuckets& buckets = is_total ? row.total : row.first_byte;
    for (std::size_t i = 0; i <= kBounds; ++i) {
        text.text(family.name)
            .text("_bucket{")
            .text(row.label_text())
            .text(",le=\"")
            .text(i < kBounds ? kBoundTexts[i] : "+Inf")
            .text("\"} ")
            .number(buckets[i])
            .text("\n");
    }
    text.text(family.name).text("_sum{").text(row.label_text()).text("} ");
    text.millionths(row.words[family.word]).text("\n");
    text.text(family.name).text("_count{").text(row.label_text()).text("} ");
    text.number(buckets[kBounds]).text("\n");
}

// --- endpoints ----------------------------------------------------------------------------------
// An endpoint is named by its address and by its place in the counters: an address that comes back
// in another place would else take over counts that were somebody else's, and go down.

using EndpointValue = std::uint64_t (*)(const counters::EndpointCounters& counts);

template <EndpointValue value>
void write_endpoints(const MetricFamily& family, const MetricRow& row, MetricText& text) {
    for (std::uint32_t e = 0; e < row.endpoint_count(); ++e) {
        const table::Endpoint& endpoint = row.endpoint(e);
        text.text(family.name)
            .text("{")
            .text(row.label_text())
            .text(",endpoint=\"")
            .label_value({endpoint.text, endpoint.text_bytes})
            .text("\",slot=\"")
            .number(endpoint.slot)
            .text("\"} ")
            .number(value(row.endpoints[e]))
            .text("\n");
    }
}

std::uint64_t attempts_of(const counters::EndpointCounters& counts) {
    return counts.attempts;
}
std::uint64_t failures_of(const counters::EndpointCounters& counts) {
    return counts.failures;
}
std::uint64_t in_flight_of(const counters::EndpointCounters& counts) {
    return counts.in_flight;
}
std::uint64_t avoided_of(const counters::EndpointCounters& counts) {
    return counts.avoided;
}

// --- experiments --------------------------------------------------------------------------------

void write_exposures(const MetricFamily& family, const MetricRow& row, MetricText& text) {
    if (row.visitors != nullptr) {
        sample(text, family.name, row.label_text()).number(row.visitors->exposures).text("\n");
    }
}

using GoalValue = void (*)(const counters::GoalCounters& counts, MetricText& text);

template <GoalValue write_value>
void write_goals(const MetricFamily& family, const MetricRow& row, MetricText& text) {
    for (std::uint32_t g = 0; row.visitors != nullptr && g < row.split->goal_count; ++g) {
        const GoalConf& goal = row.split->goals[g];
        const counters::GoalCounters counts =
            goal.place != kNoPlace ? row.visitors->goals[goal.place] : counters::GoalCounters{};
        sample(text, family.name, row.label_text(), "goal", view_of(goal.name));
        write_value(counts, text);
        text.text("\n");
    }
}

void conversions_of(const counters::GoalCounters& counts, MetricText& text) {
    text.number(counts.conversions);
}
void valued_of(const counters::GoalCounters& counts, MetricText& text) {
    text.number(counts.valued);
}
void value_of(const counters::GoalCounters& counts, MetricText& text) {
    text.exact(counts.value_sum);
}
void squared_value_of(const counters::GoalCounters& counts, MetricText& text) {
    text.exact(counts.value_square_sum);
}

constexpr std::size_t word(std::size_t offset) {
    return word_at(offset);
}

constexpr MetricFamily kVariantFamilies[] = {
    {"teal_requests_total", "counter", "Client requests decided for the variant.", write_word,
     word(offsetof(VariantCounters, decided))},
    {"teal_attempts_started_total", "counter",
     "Upstream attempts begun; a request that is retried has several.", write_word,
     word(offsetof(VariantCounters, started))},
    {"teal_attempts_finished_total", "counter", "Upstream attempts that ended, by how they ended.",
     write_outcomes, 0},
    {"teal_attempts_retried_total", "counter",
     "Failed upstream attempts that were tried again elsewhere.", write_word,
     word(offsetof(VariantCounters, retried_away))},
    {"teal_attempts_slow_total", "counter",
     "Upstream attempts whose first byte came later than the armed guard's lowest threshold.",
     write_word, word(offsetof(VariantCounters, slow))},
    {"teal_attempts_lost_total", "counter",
     "Upstream attempts that were in flight in a worker that died.", write_word,
     word(offsetof(VariantCounters, lost))},
    {"teal_received_bytes_total", "counter", "Bytes received from endpoints.", write_word,
     word(offsetof(VariantCounters, bytes_received))},
    {"teal_sent_bytes_total", "counter", "Bytes sent to endpoints.", write_word,
     word(offsetof(VariantCounters, bytes_sent))},
    {"teal_attempts_in_flight", "gauge", "Upstream attempts begun and not ended.", write_in_flight,
     0},
    {"teal_variant_weight_ratio", "gauge",
     "Share of the split's traffic that the table gives the variant, 0 to 1.", write_weight, 0},
    {"teal_variant_state", "gauge", "1 for the state that the variant is in, 0 for the others.",
     write_state, 0},
    {"teal_variant_endpoints", "gauge", "Endpoints of the variant in the table.",
     write_endpoint_count, 0},
    {"teal_attempt_first_byte_seconds", "histogram",
     "Time from choosing an endpoint to the first byte of its answer.", write_histogram,
     word(offsetof(VariantCounters, first_byte_sum_us))},
    {"teal_attempt_duration_seconds", "histogram",
     "Time from choosing an endpoint to the end of its answer; upgraded connections are left out.",
     write_histogram, word(offsetof(VariantCounters, total_sum_us))},
    {"teal_experiment_exposures_total", "counter",
     "Visitors counted when they were first given the variant.", write_exposures, 0},
    {"teal_experiment_conversions_total", "counter",
     "Visitors who reached the goal, each counted once.", write_goals<conversions_of>, 0},
    {"teal_experiment_valued_conversions_total", "counter",
     "Of those, the ones that came with a number.", write_goals<valued_of>, 0},
    // Gauges, because a value may be negative.
    {"teal_experiment_goal_value", "gauge", "Sum of the conversions' numbers.",
     write_goals<value_of>, 0},
    {"teal_experiment_goal_squared_value", "gauge",
     "Sum of the squares of the conversions' numbers.", write_goals<squared_value_of>, 0},
    {"teal_endpoint_attempts_total", "counter", "Upstream attempts on the endpoint.",
     write_endpoints<attempts_of>, 0},
    {"teal_endpoint_failures_total", "counter",
     "Upstream attempts on the endpoint that ended without a whole answer.",
     write_endpoints<failures_of>, 0},
    {"teal_endpoint_in_flight", "gauge", "Upstream attempts in flight on the endpoint.",
     write_endpoints<in_flight_of>, 0},
    {"teal_endpoint_avoiding_workers", "gauge",
     "nginx processes that send the endpoint nothing for now, because it failed.",
     write_endpoints<avoided_of>, 0},
};
constexpr std::size_t kVariantFamilyCount = sizeof(kVariantFamilies) / sizeof(MetricFamily);

// The most that a step writes, with the longest names there are: a head and a histogram, or a head
// and a line for each endpoint.
constexpr std::size_t kLongestStep = 8 * 1024;
constexpr std::size_t kLongestEndpointLine = 512;
static_assert(kLongestStep + table::kMaxEndpoints * kLongestEndpointLine < kSliceBytes);

std::size_t room_for_step(const MetricSource& source, const MetricPosition& position) {
    const bool of_variant = position.family >= kGeneralFamilyCount;
    return kLongestStep + (of_variant && position.place < source.row_count
                               ? source.rows[position.place].endpoint_count() * kLongestEndpointLine
                               : 0);
}

// The families in order: the page's and the splits' (metric_sample.hpp), then the variants'.
bool step(const MetricSource& source, MetricPosition& position, MetricText& text) {
    if (position.family < kGeneralFamilyCount) {
        const GeneralFamily& family = kGeneralFamilies[position.family];
        if (position.place == 0) {
            head(text, family.name, family.type, family.help);
        }
        const bool per_split = family.write_split != nullptr;
        if (!per_split) {
            family.write(family, source, text);
        } else if (source.first + position.place < source.end) {
            family.write_split(family, source, source.first + position.place, text);
        }
        return per_split && ++position.place < source.end - source.first;
    }
    const MetricFamily& family = kVariantFamilies[position.family - kGeneralFamilyCount];
    if (position.place == 0) {
        head(text, family.name, family.type, family.help);
    }
    if (position.place < source.row_count) {
        family.write(family, source.rows[position.place], text);
    }
    return ++position.place < source.row_count;
}

}  // namespace

bool write_families(const MetricSource& source, MetricPosition& position, MetricText& text,
                    std::size_t enough) {
    const u_char* begin = text.at();
    while (position.family < kGeneralFamilyCount + kVariantFamilyCount) {
        if (text.room() < room_for_step(source, position) ||
            static_cast<std::size_t>(text.at() - begin) >= enough) {
            return false;
        }
        if (!step(source, position, text)) {
            ++position.family;
            position.place = 0;
        }
    }
    return true;
}

}  // namespace teal::nginx
