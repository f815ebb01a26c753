# Reads a Catch2 XML report (versions 2 and 3), whole or cut off by a crash.
# mode=count: prints 'PASSED FAILED SKIPPED' in test cases; one that never ended counts as failed.
# mode=failures: prints each failed expression with its place.
function attribute(name,    text) {
    if (!match($0, " " name "=\"[^\"]*\"")) return ""
    text = substr($0, RSTART, RLENGTH)
    sub(/^[^"]*"/, "", text)
    sub(/"$/, "", text)
    return plain(text)
}
function plain(text) {
    gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text)
    gsub(/&apos;/, "'", text); gsub(/&amp;/, "\\&", text)
    return text
}
function trimmed(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return plain(text) }
function say(text) { if (mode == "failures") print text }

/<TestCase / { open = 1; name = attribute("name"); said = 0 }
# A case's own result carries the attribute success; the sections' results do not.
/<OverallResult / {
    if (attribute("skips") > 0) skipped++
    else if (attribute("success") == "true") passed++
    else failed++
    open = 0
}
/<Expression success="false"/ || /<(Failure|Exception|FatalErrorCondition) filename=/ {
    if (!said) { say("FAILED: " name); said = 1 }
    say("  " attribute("filename") ":" attribute("line"))
    inside = 1
}
/<Info>/ { information = 1; next }
/<\/Info>/ { information = 0 }
information && open { pending = pending "\n    with: " trimmed($0) }
inside && !/^ *<\/?[A-Z][A-Za-z]*[ >]/ && NF { say("    " trimmed($0)) }
/<\/(Expression|Failure|Exception|FatalErrorCondition)>/ {
    if (inside && pending != "") say(substr(pending, 2))
    inside = 0
    pending = ""
}
END {
    if (open) {
        failed++
        say("CRASHED in: " name)
    }
    if (mode == "count") print passed + 0, failed + 0, skipped + 0
}
