/** A feed of a shop on this machine, fetched as fast as can be. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { fetchFeed, type FetchedFeed, type FetchOptions } from '../../../src/data/fetch/fetch_feed.js';
import { Shop } from '../../support/shop.js';
import { inFolder } from '../fixtures.js';

export const QUICK: FetchOptions = {
  allowHttp: true,
  concurrency: 16,
  perHost: 16,
  delayMs: 0,
  backoffMs: 1,
  retries: 2,
  timeoutMs: 5000,
  maxBytes: 1e6,
  random: () => 0.5,
};

export interface Scene {
  readonly shop: Shop;
  readonly other: Shop;
  readonly out: string;
  /** Fetches these paths of the shop; whole addresses stay. */
  fetch(paths: readonly string[], options?: FetchOptions): Promise<FetchedFeed>;
  /** As `outcome: reason` of each row. */
  said(fetched: FetchedFeed): string[];
}

/** Runs a test beside two shops, and a third one that must not be asked for anything. */
export async function inShop(body: (scene: Scene) => Promise<void>): Promise<void> {
  const [forbidden, other] = [await Shop.open(), await Shop.open()];
  const shop = await Shop.open(other.host, forbidden.host);
  try {
    await inFolder((folder) => {
      const out = join(folder, 'out');
      const feed = join(folder, 'feed.csv');
      return body({
        shop,
        other,
        out,
        fetch: async (paths, options = {}) => {
          const rows = paths.map((path, n) => `${n},${path.startsWith('/') ? shop.url : ''}${path},"Shoe ""${n}"""`);
          writeFileSync(feed, `id,image_link,title\n${rows.join('\n')}\n`);
          return fetchFeed(feed, out, { ...QUICK, privateHosts: [shop.host, other.host], ...options });
        },
        said: ({ report }) =>
          Array.from({ length: report.rows }, (_, n) => {
            const failure = report.failures.find(({ line }) => line === n + 2);
            return failure === undefined ? 'fetched' : `${failure.outcome}: ${failure.reason}`;
          }),
      });
    });
    assert.is(forbidden.asked.length, 0, 'nobody is led to where he may not go');
  } finally {
    await Promise.all([shop, other, forbidden].map((each) => each.close()));
  }
}
