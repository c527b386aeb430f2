import assert from "node:assert/strict";
import { Misconfigured } from "../_shared/env.ts";
import { returnUrl, siteUrls, successUrl } from "./return_url.ts";

const site = [new URL("https://example.com/modules")] as const;

Deno.test("buyers return to the page in the request, or to SITE_URL", () => {
  assert.equal(
    returnUrl("https://example.com/shop?a=1#top", site).href,
    "https://example.com/shop?a=1#top",
  );
  assert.equal(returnUrl(undefined, site).href, site[0].href);
  assert.equal(returnUrl(null, site).href, site[0].href);
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

Deno.test("each origin of SITE_URL is a place to return to, and the first is the default", () => {
  const several = siteUrls(() => "https://example.com/modules, https://preview.example.com");
  assert.equal(returnUrl(null, several).href, "https://example.com/modules");
  for (const page of ["https://example.com/a", "https://preview.example.com/b"]) {
    assert.equal(returnUrl(page, several).href, page);
  }
  assert.throws(() => returnUrl("https://other.example.com/", several), {
    code: "invalid_request",
  });
});

Deno.test("with a page of this machine in SITE_URL, every port of this machine is one", () => {
  const local = siteUrls(() => "https://example.com,http://127.0.0.1:54321/encours/");
  for (const page of ["http://localhost:3000/", "http://127.0.0.1:5173/", "https://[::1]:8443/"]) {
    assert.equal(returnUrl(page, local).href, page);
  }
  for (const page of ["http://localhost.evil.example/", "http://10.0.0.1/", "ftp://localhost/"]) {
    assert.throws(() => returnUrl(page, local), { code: "invalid_request" });
  }
  const hosted = siteUrls(() => "https://example.com");
  assert.throws(() => returnUrl("http://localhost:3000/", hosted), { code: "invalid_request" });
});

Deno.test("characters that are not valid in an address are encoded", () => {
  const page = returnUrl(" https://example.com/a\n/b\t ", site);
  assert.equal(page.href, "https://example.com/a/b");
});

Deno.test("the return URL names the session once", () => {
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

Deno.test("a SITE_URL that is not an http(s) address is refused by name", () => {
  for (const value of ["", "example.com", "ftp://example.com", "https://ada@example.com"]) {
    assert.throws(() => siteUrls(() => value), (error) => {
      assert(error instanceof Misconfigured);
      assert.match(error.message, /SITE_URL/);
      return true;
    });
  }
  assert.throws(() => siteUrls(() => "https://example.com, example.org"), Misconfigured);
  assert.equal(siteUrls(() => "https://example.com")[0].href, "https://example.com/");
});
