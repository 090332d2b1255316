/** page.json: what comes with the page. */
import { parsePageManifest, type PageManifest } from '../../retrieval/page_manifest.js';
import { fetchFile } from './fetch_file.js';

/** What the page was made with. @throws DataError or ModelError when it does not come, or is something else. */
export async function fetchManifest(): Promise<PageManifest> {
  const response = await fetchFile('page.json', '', { cache: 'no-cache' });
  return parsePageManifest(await response.text(), 'page.json');
}
