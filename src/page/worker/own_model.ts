/** A model of the user's own: its module comes with the page. */
import type { PageRun } from '../../retrieval/page_manifest.js';

/** Enters it into the list of models. */
export async function enterModel({ code }: Pick<PageRun, 'code'>): Promise<void> {
  if (code !== null) await import(/* @vite-ignore */ new URL(code, location.href).href);
}
