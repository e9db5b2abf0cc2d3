// Places the report, the style, the scripts and the chart library into page.html. What the page
// shows is decided by its scripts.
#include "gcompress/measure/report_page/page.h"

#include <array>
#include <utility>

#include "embedded/page_chart_frame_js.h"
#include "embedded/page_chart_library.h"
#include "embedded/page_chart_licence_txt.h"
#include "embedded/page_details_js.h"
#include "embedded/page_dom_js.h"
#include "embedded/page_experiments_js.h"
#include "embedded/page_footprint_js.h"
#include "embedded/page_format_js.h"
#include "embedded/page_headline_js.h"
#include "embedded/page_layers_js.h"
#include "embedded/page_page_css.h"
#include "embedded/page_page_html.h"
#include "embedded/page_page_js.h"
#include "embedded/page_payback_js.h"
#include "embedded/page_read_js.h"
#include "embedded/page_tradeoff_js.h"
#include "embedded/page_windows_js.h"
#include "gcompress/core/base/error.h"

namespace gcompress::measure {
namespace {

// In the order in which the browser meets them; page.js starts the drawing.
constexpr std::array kScripts = {
    embedded::page_read_js,        embedded::page_format_js,   embedded::page_dom_js,
    embedded::page_chart_frame_js, embedded::page_headline_js, embedded::page_tradeoff_js,
    embedded::page_experiments_js, embedded::page_windows_js,  embedded::page_payback_js,
    embedded::page_footprint_js,   embedded::page_layers_js,   embedded::page_details_js,
    embedded::page_page_js,
};

// JSON for a script element. In JSON these characters occur within strings only, where their
// escapes mean the same: no `</script>` and no `<!--` remains, and no line separator, which old
// browsers take for the end of a line.
std::string escaped(std::string_view json) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEscapes = {
      {{"<", "\\u003c"},
       {">", "\\u003e"},
       {"&", "\\u0026"},
       {"\xe2\x80\xa8", "\\u2028"},
       {"\xe2\x80\xa9", "\\u2029"}}};
  std::string result;
  result.reserve(json.size());
  while (!json.empty()) {
    std::size_t taken = 1;
    std::string_view written = json.substr(0, 1);
    for (const auto& [character, escape] : kEscapes) {
      if (!json.starts_with(character)) continue;
      taken = character.size();
      written = escape;
    }
    result += written;
    json.remove_prefix(taken);
  }
  return result;
}

std::string part(std::string_view name, std::string_view report_json) {
  if (name == "style") return std::string(embedded::page_page_css);
  if (name == "chart_library") return std::string(embedded::page_chart_library);
  if (name == "chart_licence") return std::string(embedded::page_chart_licence_txt);
  if (name == "report") return escaped(report_json);
  GCOMPRESS_CHECK(name == "scripts");
  std::string scripts;
  for (const std::string_view script : kScripts) scripts += script;
  return scripts;
}

}  // namespace

std::string to_html(std::string_view report_json) {
  std::string page;
  std::string_view rest = embedded::page_page_html;
  while (true) {
    const std::size_t begin = rest.find("{{");
    page += rest.substr(0, begin);
    if (begin == std::string_view::npos) return page;
    const std::size_t end = rest.find("}}", begin);
    GCOMPRESS_CHECK(end != std::string_view::npos);
    page += part(rest.substr(begin + 2, end - begin - 2), report_json);
    rest.remove_prefix(end + 2);
  }
}

}  // namespace gcompress::measure
