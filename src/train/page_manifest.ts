/** page.json: what `weft serve` and `weft page` tell the page about the model that comes with it. */
export interface PageManifest {
  /** The architecture, for people. */
  readonly model: string;
  /** Name of the weights' file, beside the page. */
  readonly weights: string;
  readonly bytes: number;
  /** SHA-256 of it, in hex. */
  readonly digest: string;
  /** Whether the server computes for browsers that cannot (POST /classify). */
  readonly classifies: boolean;
}
