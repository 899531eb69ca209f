#include "core/base/escape.hpp"
#include "core/base/result.hpp"

#include <catch2/catch.hpp>

using cordon::escape;
using cordon::escape_json;

TEST_CASE("what could drive a terminal is written out", "[escape]") {
  CHECK(escape("a\x1b[31mb\n\x7f") == "a\\x1b[31mb\\x0a\\x7f");
  CHECK(escape("\xc2\x9b") == "\\xc2\\x9b"); // C1: CSI
  CHECK(escape("back\\slash") == "back\\\\slash");
}

TEST_CASE("printable UTF-8 stays, the rest is bytes", "[escape]") {
  CHECK(escape("grüße €😀") == "grüße €😀");
  CHECK(escape("\xff") == "\\xff");
  CHECK(escape("\xc0\xaf") == "\\xc0\\xaf");          // overlong
  CHECK(escape("\xed\xa0\x80") == "\\xed\\xa0\\x80"); // surrogate
  CHECK(escape("\xe2\x82") == "\\xe2\\x82");          // cut short
  CHECK(escape("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

TEST_CASE("JSON strings are valid whatever goes in", "[escape]") {
  CHECK(escape_json("a\"b\\c\n\xff") == "a\\\"b\\\\c\\u000a\xEF\xBF\xBD");
}

TEST_CASE("an error is one printable line", "[error]") {
  const cordon::error e{ENOENT, "open", "/a\nb"};

  CHECK(e.message() == "open: /a\\x0ab: No such file or directory");
}
