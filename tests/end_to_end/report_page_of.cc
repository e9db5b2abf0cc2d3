// Writes the page of a report: JSON from standard input, HTML to standard output. For the test of
// the page in a browser, whose reports no run of the program would give.
#include <iostream>
#include <iterator>
#include <string>

#include "gcompress/measure/report_page/page.h"

int main() {
  const std::string json((std::istreambuf_iterator<char>(std::cin)),
                         std::istreambuf_iterator<char>());
  std::cout << gcompress::measure::to_html(json);
  return 0;
}
