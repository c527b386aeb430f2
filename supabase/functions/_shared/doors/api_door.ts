import { type ApiAddress, dataApi } from "../data_api.ts";
import type { Call } from "./call.ts";
import { toJsonArray } from "./wire.ts";

/** The door through the Data API. */
export function apiDoor(address: ApiAddress, timeLimit?: number): Call {
  const call = dataApi(address, timeLimit);
  return (events, signal) =>
    call("process_stripe_events", `{"events":${toJsonArray(events)}}`, signal);
}
