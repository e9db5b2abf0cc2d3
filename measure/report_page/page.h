// The report drawn: report.html, one file that needs neither a network nor report.json.
#pragma once

#include <string>
#include <string_view>

namespace gcompress::measure {

// An HTML page that holds `report_json` (see docs/formats.md), the scripts that draw it and the
// chart library. Any text is safe: it can end no element of the page and is shown as text; one that
// is not a report gives a page that says so.
std::string to_html(std::string_view report_json);

}  // namespace gcompress::measure
