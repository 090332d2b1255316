/** What the server has done, in the text format of Prometheus (GET /metrics). */

/** Seconds up to which answers are counted. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** What is answered, apart: names of paths would be as many as anybody likes. */
export type Route = 'page' | 'classify' | 'picture' | 'health' | 'metrics';

/** Numbers that are asked for when the text is made. */
export type Gauges = Readonly<Record<string, { readonly help: string; readonly value: () => number }>>;

interface Durations {
  readonly counts: number[];
  sum: number;
  count: number;
}

export class ServeMetrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<Route, Durations>();
  readonly #gauges: Gauges;

  constructor(gauges: Gauges = {}) {
    this.#gauges = gauges;
  }

  /** Counts an answer. @param seconds from the request's head to the end of the answer. */
  answered(route: Route, status: number, seconds: number): void {
    const key = `route="${route}",status="${status}"`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    const own = this.#durations.get(route) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
    this.#durations.set(route, own);
    BUCKETS.forEach((bound, i) => (own.counts[i] += Number(seconds <= bound)));
    own.sum += seconds;
    own.count++;
  }

  text(): string {
    const lines: string[] = [];
    const head = (name: string, type: string, help: string): void =>
      void lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    head('weft_requests_total', 'counter', 'Answers by route and status.');
    for (const [key, count] of this.#requests) lines.push(`weft_requests_total{${key}} ${count}`);
    head('weft_request_seconds', 'histogram', 'Time to answer, from the head of the request on.');
    for (const [route, { counts, sum, count }] of this.#durations) {
      const series = (le: string, n: number): string => `weft_request_seconds_bucket{route="${route}",le="${le}"} ${n}`;
      BUCKETS.forEach((bound, i) => lines.push(series(String(bound), counts[i])));
      lines.push(series('+Inf', count));
      lines.push(`weft_request_seconds_sum{route="${route}"} ${sum}`);
      lines.push(`weft_request_seconds_count{route="${route}"} ${count}`);
    }
    for (const [name, { help, value }] of Object.entries(this.#gauges)) {
      head(name, 'gauge', help);
      lines.push(`${name} ${value()}`);
    }
    return `${lines.join('\n')}\n`;
  }
}
