import assert from "node:assert/strict";
import { Misconfigured } from "../_shared/env.ts";
import { returnUrl, siteUrl, successUrl } from "./return_url.ts";

const site = new URL("https://example.com/modules");

Deno.test("people come back to the page that asked, or to the site's own", () => {
  assert.equal(
    returnUrl("https://example.com/shop?a=1#top", site).href,
    "https://example.com/shop?a=1#top",
  );
  assert.equal(returnUrl(undefined, site).href, site.href);
  assert.equal(returnUrl(null, site).href, site.href);
});

Deno.test("a forged return URL is refused", () => {
  for (
    const forged of [
      "https://evil.example",
      "//evil.example/modules",
      "/\\evil.example",
      "/modules",
      "",
      "https://example.com.evil.example/",
      "https://example.com@evil.example/",
      "https://ada:secret@example.com/",
      "https://example.com:8443/",
      "https://example.com./",
      "http://example.com/",
      "javascript:alert(1)//https://example.com",
      "data:text/html,https://example.com",
      "blob:https://example.com/0",
      "https://ехample.com/", // the first two letters are Cyrillic
      "https://example。evil/",
      `https://example.com/${"a".repeat(2_048)}`,
      ["https://example.com/"],
      { href: "https://example.com/" },
      7,
    ]
  ) {
    assert.throws(() => returnUrl(forged, site), { code: "invalid_request" }, String(forged));
  }
});

Deno.test("what is no part of an address is not passed on as written", () => {
  const page = returnUrl(" https://example.com/a\n/b\t ", site);
  assert.equal(page.href, "https://example.com/a/b");
});

Deno.test("the way back names the session, once", () => {
  const named = "session_id={CHECKOUT_SESSION_ID}";
  for (
    const [page, expected] of [
      ["https://example.com/m", `https://example.com/m?${named}`],
      ["https://example.com/m?a=1#top", `https://example.com/m?a=1&${named}#top`],
      ["https://example.com/m?session_id=cs_1&a=1", `https://example.com/m?a=1&${named}`],
    ] as const
  ) {
    assert.equal(successUrl(new URL(page)), expected);
  }
});

Deno.test("a site that is no http(s) address is refused by name", () => {
  for (const value of ["", "example.com", "ftp://example.com", "https://ada@example.com"]) {
    assert.throws(() => siteUrl(() => value), (error) => {
      assert(error instanceof Misconfigured);
      assert.match(error.message, /SITE_URL/);
      return true;
    });
  }
  assert.equal(siteUrl(() => "https://example.com").href, "https://example.com/");
});
