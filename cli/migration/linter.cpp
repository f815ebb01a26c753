#include "cli/migration/linter.hpp"

#include "cli/migration/directives.hpp"
#include "cli/migration/grammar.hpp"
#include "cli/migration/judging/judge.hpp"
#include "cli/migration/statement_split.hpp"

#include <algorithm>
#include <utility>

namespace teal::cli::migration {
namespace {

class FileLint {
public:
    FileLint(const SourceText& source, const LintOptions& options, Schema& schema)
        : source_(source),
          options_(options),
          schema_(schema),
          split_(split_statements(source.text())),
          directives_(read_directives(source.text(), split_)),
          session_(options.assume_in_transaction && !directives_.no_transaction) {
        report_.file = source.name();
        report_.marked_contract = directives_.contract;
        report_.phases.contract = directives_.contract;
    }

    void run() {
        schema_.next_file();
        for (std::size_t i = 0; i < split_.pieces.size(); ++i) {
            if (!directives_.down || split_.pieces[i].range.begin < *directives_.down) {
                judge_piece(i);
            }
        }
        if (session_.in_transaction() && !session_.assumed()) {
            add(Rule::uncommitted_begin, session_.begun_at(), "", piece_at(session_.begun_at()));
        }
        file_rules();
        unused_ignores();
        std::stable_sort(findings_.begin(), findings_.end(),
                         [](const Finding& a, const Finding& b) {
                             return std::pair(a.position.line, a.position.byte_column) <
                                    std::pair(b.position.line, b.position.byte_column);
                         });
    }

    FileReport& report() { return report_; }
    std::vector<Finding>& findings() { return findings_; }

private:
    // The SQL of a piece, with blanks for psql's commands within.
    std::string sql_of(const Piece& piece) const {
        std::string sql(
            source_.text().substr(piece.range.begin, piece.range.end - piece.range.begin));
        for (const Range& foreign : piece.foreign) {
            const std::size_t begin = foreign.begin - piece.range.begin;
            std::fill_n(sql.begin() + static_cast<std::ptrdiff_t>(begin),
                        std::min(foreign.end, piece.range.end) > foreign.begin
                            ? std::min(foreign.end, piece.range.end) - foreign.begin
                            : 0,
                        ' ');
        }
        return sql;
    }

    std::size_t piece_at(std::size_t offset) const {
        const auto found = std::find_if(
            split_.pieces.begin(), split_.pieces.end(),
            [&](const Piece& p) { return p.range.begin <= offset && offset < p.range.end; });
        return static_cast<std::size_t>(found - split_.pieces.begin());
    }

    void judge_piece(std::size_t index) {
        const Piece& piece = split_.pieces[index];
        if (piece.kind == PieceKind::psql_command) {
            std::string_view command =
                source_.text().substr(piece.range.begin, piece.range.end - piece.range.begin);
            command = command.substr(0, command.find_first_of(" \t"));
            add(Rule::psql_command, piece.range.begin, std::string(command), index).message =
                std::string(command) +
                " is a psql command: only psql knows it, and what it brings in is not linted";
            return;
        }
        if (piece.kind == PieceKind::copy_data) {
            report_.phases.migrate = true;
            add(Rule::copy_data, piece.range.begin, "", index);
            return;
        }
        ++report_.statements;
        const std::string sql = sql_of(piece);
        const ParseOutcome outcome = parse_sql(sql);
        if (!outcome.error.empty()) {
            refuse(piece.range.begin + outcome.error_offset, outcome.error, index);
            return;
        }
        for (const Json& statement : outcome.statements) {
            judge(statement, sql, index);
        }
    }

    void refuse(std::size_t offset, const std::string& error, std::size_t index) {
        Finding& finding =
            add(Rule::cannot_parse, std::min(offset, source_.text().size()), "", index);
        finding.message = error + " (grammar of PostgreSQL " + std::to_string(grammar_version()) +
                          "); nothing is known about this statement";
    }

    void judge(const Json& statement, const std::string& sql, std::size_t index) {
        const std::size_t begin = split_.pieces[index].range.begin;
        Judge judge{options_, schema_, session_, sql, begin, source_.at(begin).line,
                    {},       {},      {},       {}};
        judge_statement(judge, statement);
        report_.effects.push_back({source_.at(begin), judge.effect});
        report_.phases.expand = report_.phases.expand || judge.phases.expand;
        report_.phases.migrate = report_.phases.migrate || judge.phases.migrate;
        report_.phases.contract = report_.phases.contract || judge.phases.contract;
        for (const Complaint& complaint : judge.complaints) {
            if (facts_of(complaint.rule).kind == RuleKind::drops && directives_.contract) {
                continue;
            }
            Finding& finding = add(complaint.rule, begin + std::min(complaint.offset, sql.size()),
                                   complaint.object, index);
            finding.severity = complaint.severity;
            finding.message = complaint.message;
            finding.effect = complaint.effect;
            finding.safe = complaint.safe;
        }
        session_.end_statement();
    }

    Finding& add(Rule rule, std::size_t offset, std::string object, std::size_t piece) {
        const RuleFacts& facts = facts_of(rule);
        findings_.push_back({rule,
                             facts.severity,
                             source_.name(),
                             source_.at(offset),
                             std::move(object),
                             facts.what,
                             {},
                             facts.safe,
                             {}});
        // Directives are in the order of their statements.
        auto& ignores = directives_.ignores;
        auto ignore = std::lower_bound(
            ignores.begin(), ignores.end(), piece,
            [](const Ignore& one, std::size_t index) { return one.piece < index; });
        for (; ignore != ignores.end() && ignore->piece == piece; ++ignore) {
            if (ignore->rule == rule) {
                ignore->used = true;
                findings_.back().ignored = ignore->reason;
            }
        }
        return findings_.back();
    }

    static constexpr std::size_t kNoPiece = ~std::size_t{0};

    void file_rules() {
        if (const auto foreign = source_.first_foreign_byte()) {
            add(Rule::not_utf8, *foreign, "", kNoPiece);
        }
        if (!split_.unfinished.what.empty() && split_.unfinished.what == "COPY data") {
            add(Rule::cannot_parse, split_.unfinished.offset, "", kNoPiece).message =
                "the data of COPY FROM STDIN does not end: a line with \\. alone is missing";
        }
        for (const Range& name : split_.long_identifiers) {
            std::string text(source_.text().substr(name.begin, name.end - name.begin));
            add(Rule::identifier_too_long, name.begin, text, kNoPiece).message =
                "PostgreSQL cuts this name to 63 bytes: " + text;
        }
        for (const BadDirective& bad : directives_.bad) {
            Finding& finding = add(Rule::bad_directive, bad.offset, "", kNoPiece);
            finding.message = bad.problem;
            finding.safe = bad.remedy;
        }
    }

    void unused_ignores() {
        for (const Ignore& ignore : directives_.ignores) {
            if (ignore.used || (directives_.down && ignore.comment.begin > *directives_.down)) {
                continue;
            }
            add(Rule::unused_ignore, ignore.comment.begin, facts_of(ignore.rule).id, kNoPiece)
                .message = std::string("ignores nothing: the statement does not break ") +
                           facts_of(ignore.rule).id;
        }
    }

    const SourceText& source_;
    const LintOptions& options_;
    Schema& schema_;
    Split split_;
    Directives directives_;
    Session session_;
    FileReport report_{};
    std::vector<Finding> findings_{};
};

}  // namespace

void Linter::lint(const SourceText& source) {
    FileLint file(source, options_, schema_);
    file.run();
    report_.files.push_back(std::move(file.report()));
    std::move(file.findings().begin(), file.findings().end(), std::back_inserter(report_.findings));
}

}  // namespace teal::cli::migration
