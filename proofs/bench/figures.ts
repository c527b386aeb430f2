/** What was measured of one contender: latencies in milliseconds, CPU in microseconds an event. */
export interface Figures {
  perSecond: number;
  p50: number;
  p99: number;
  functionCpu: number;
  postgresCpu: number;
}
