import { type ApiAddress, dataApi, TIME_LIMIT } from "../data_api.ts";
import type { Call } from "./call.ts";
import { orOlder } from "./or_older.ts";
import { untilFolded } from "./until_folded.ts";
import { toJsonArray } from "./wire.ts";

const PROCESS = "process_stripe_events";

/** The door through the Data API. */
export function apiDoor(address: ApiAddress, timeLimit = TIME_LIMIT): Call {
  const call = dataApi(address, timeLimit);
  return (events, signal) => {
    const timeout = AbortSignal.timeout(timeLimit); // of both calls together
    const ended = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    const json = toJsonArray(events);
    return untilFolded(
      orOlder(
        () => call(PROCESS, `{"events":${json},"may_wait":true}`, ended),
        () => call(PROCESS, `{"events":${json}}`, ended),
      ),
      (ids) => call("fold_received_events", JSON.stringify({ event_ids: ids }), ended),
    );
  };
}
