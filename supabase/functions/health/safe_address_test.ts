import assert from "node:assert/strict";
import { type Resolve, safeAddress } from "./safe_address.ts";

const HOSTED = "https://abc.supabase.co";

function isSafe(url: string, resolve: Resolve = () => Promise.resolve(["93.184.216.34"])) {
  return safeAddress(HOSTED, resolve)(new URL(url));
}

Deno.test("a hosted project sends to public addresses over https", async () => {
  for (
    const url of [
      "https://example.com/hook",
      "https://93.184.216.34/",
      "https://172.15.0.1/",
      "https://172.32.0.1/",
      "https://[2606:2800:220:1::1]/",
    ]
  ) {
    assert.equal(await isSafe(url), true, url);
  }
});

Deno.test("a hosted project sends to no address of its own network", async () => {
  for (
    const url of [
      "http://example.com/",
      "https://localhost/",
      "https://127.0.0.1/",
      "https://127.1/",
      "https://2130706433/",
      "https://0x7f.1/",
      "https://0.0.0.0/",
      "https://10.1.2.3/",
      "https://100.64.0.1/",
      "https://169.254.169.254/latest/meta-data",
      "https://172.16.0.1/",
      "https://172.31.255.255/",
      "https://192.168.1.1/",
      "https://224.0.0.1/",
      "https://255.255.255.255/",
      "https://[::1]/",
      "https://[::]/",
      "https://[::ffff:127.0.0.1]/",
      "https://[64:ff9b::a00:1]/",
      "https://[2002:7f00:1::]/",
      "https://[2001:db8::1]/",
      "https://[2001::1]/",
      "https://[fc00::1]/",
      "https://[fd12:3456::1]/",
      "https://[fe80::1]/",
      "https://[ff02::1]/",
    ]
  ) {
    assert.equal(await isSafe(url), false, url);
  }
});

Deno.test("a name that leads to a private address is refused, among several too", async () => {
  const leadingTo = (...addresses: string[]): Resolve => () => Promise.resolve(addresses);
  assert.equal(await isSafe("https://example.com/", leadingTo("10.0.0.1")), false);
  assert.equal(await isSafe("https://example.com/", leadingTo("93.184.216.34", "::1")), false);
  assert.equal(await isSafe("https://example.com/", leadingTo()), true);
});

Deno.test("a stack on this machine sends to this machine", async () => {
  const isSafe = safeAddress("http://kong:8000");
  assert.equal(await isSafe(new URL("http://127.0.0.1:3000/")), true);
  assert.equal(await isSafe(new URL("http://host.docker.internal:3000/")), true);
});
