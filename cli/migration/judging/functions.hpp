// What a default may call: a function that gives one value for the whole statement is written once,
// one that gives another for each row makes PostgreSQL rewrite the table.
#pragma once

#include <array>
#include <string_view>

namespace teal::cli::migration {

// All overloads of these in pg_proc are stable or immutable, which a test asks a server. Sorted.
inline constexpr std::array<std::string_view, 51> kSteady{"abs",
                                                          "array_append",
                                                          "array_cat",
                                                          "array_fill",
                                                          "array_to_json",
                                                          "ascii",
                                                          "btrim",
                                                          "ceil",
                                                          "ceiling",
                                                          "char_length",
                                                          "chr",
                                                          "concat",
                                                          "concat_ws",
                                                          "current_database",
                                                          "current_schema",
                                                          "current_setting",
                                                          "date_part",
                                                          "date_trunc",
                                                          "decode",
                                                          "encode",
                                                          "floor",
                                                          "format",
                                                          "initcap",
                                                          "json_build_array",
                                                          "json_build_object",
                                                          "jsonb_build_array",
                                                          "jsonb_build_object",
                                                          "left",
                                                          "length",
                                                          "lower",
                                                          "lpad",
                                                          "make_date",
                                                          "make_interval",
                                                          "make_timestamp",
                                                          "make_timestamptz",
                                                          "md5",
                                                          "now",
                                                          "numrange",
                                                          "repeat",
                                                          "replace",
                                                          "reverse",
                                                          "right",
                                                          "round",
                                                          "rpad",
                                                          "statement_timestamp",
                                                          "timezone",
                                                          "to_char",
                                                          "to_jsonb",
                                                          "transaction_timestamp",
                                                          "trunc",
                                                          "upper"};

// What differs from row to row, of the server's own and of usual extensions. Sorted.
inline constexpr std::array<std::string_view, 10> kVolatile{
    "clock_timestamp",   "gen_random_bytes", "gen_random_uuid",
    "lastval",           "nextval",          "random",
    "timeofday",         "uuid_generate_v1", "uuid_generate_v4",
    "uuid_generate_v1mc"};

}  // namespace teal::cli::migration
