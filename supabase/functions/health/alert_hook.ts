import { isLoopback, Misconfigured, optional, type Source } from "../_shared/env.ts";
import { reasonOf } from "../_shared/problem.ts";
import { hex } from "../_shared/sha256.ts";
import type { Post } from "./send_alerts.ts";

/** Where alerts are sent, and the secret that signs them. */
export interface AlertHook {
  url: string;
  secret: string;
}

/** Milliseconds the receiver may take. */
const TIME_LIMIT = 5_000;

const SHORTEST_SECRET = 16;

/** `ALERT_WEBHOOK_URL` and `ALERT_WEBHOOK_SECRET`, optional: both, or neither. */
export function alertHook(source: Source): AlertHook | null {
  const url = optional(source, "ALERT_WEBHOOK_URL");
  const secret = optional(source, "ALERT_WEBHOOK_SECRET");
  if (url === null && secret === null) return null;

  const problems: string[] = [];
  if (url === null || !isSafe(url)) {
    problems.push("ALERT_WEBHOOK_URL is not an https URL: where alerts are sent, or unset both");
  }
  if (secret === null || secret.length < SHORTEST_SECRET) {
    problems.push(
      `ALERT_WEBHOOK_SECRET is missing or short: at least ${SHORTEST_SECRET} random characters, ` +
        "openssl rand -hex 32 for one",
    );
  }
  if (url === null || secret === null || problems.length > 0) {
    throw new Misconfigured(problems);
  }
  return { url, secret };
}

function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || protocol === "http:" && isLoopback(hostname);
}

/** Signs as Stripe does, `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`: Stripe's libraries verify it. */
export function postingTo({ url, secret }: AlertHook, timeLimit = TIME_LIMIT): Post {
  return async (body) => {
    const time = Math.floor(Date.now() / 1_000);
    const headers = {
      "content-type": "application/json",
      "sesame-signature": `t=${time},v1=${await hmac(`${time}.${body}`, secret)}`,
    };
    const signal = AbortSignal.timeout(timeLimit);
    try {
      const answer = await fetch(url, { method: "POST", body, headers, signal, redirect: "error" });
      await answer.body?.cancel();
      return answer.ok ? null : `HTTP ${answer.status}`;
    } catch (error) {
      return reasonOf(error); // the class of the error: a URL may hold a secret
    }
  };
}

async function hmac(text: string, secret: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  return hex(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))));
}
