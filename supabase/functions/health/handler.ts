import type { CallRpc } from "../_shared/data_api.ts";
import type { Handler } from "../_shared/problem.ts";
import type { RequireSecretKey } from "../_shared/secret_key.ts";
import { remembering } from "./remember.ts";
import { inPrometheusText, readReport } from "./report.ts";

export interface HealthDeps {
  call: CallRpc;
  requireSecretKey: RequireSecretKey;
}

const FRESH = { "cache-control": "no-store" };

/** Milliseconds for which an answer is reused: it costs the database work, and any client may ask. */
const GOOD_FOR = 3_000;

/** For uptime monitors: 200, or 503 while something is wrong. It does not say what. */
export function publicHealth({ call }: HealthDeps, goodFor = GOOD_FOR): Handler {
  const report = remembering(() => readReport(call), goodFor);
  return async (_request, line) => {
    const { troubles } = await report();
    const isWell = troubles.length === 0;
    line.outcome = isWell ? "well" : troubles.join(" ");
    return Response.json({ status: isWell ? "ok" : "troubled" }, {
      status: isWell ? 200 : 503,
      headers: FRESH,
    });
  };
}

/** For Prometheus, with the secret key. */
export function metrics({ call, requireSecretKey }: HealthDeps): Handler {
  return async (request) => {
    await requireSecretKey(request);
    const headers = { ...FRESH, "content-type": "text/plain; version=0.0.4; charset=utf-8" };
    return new Response(inPrometheusText(await readReport(call)), { headers });
  };
}

/** The whole report, for the operator, with the secret key. */
export function fullReport({ call, requireSecretKey }: HealthDeps): Handler {
  return async (request) => {
    await requireSecretKey(request);
    return Response.json(await readReport(call), { headers: FRESH });
  };
}
