/** The order in which tiles are tried on GPUs. */
import * as assert from 'uvu/assert';
import {
  byEstimate,
  estimatedCycles,
  workgroupsOf,
  type TiledProduct,
} from '../../../src/kernels/launch/gpu_estimate.js';
import { suite } from '../../support/harness.js';

const test = suite('gpu estimate');

type Tile = readonly [tile: number, thread: number, splits: number];
const TILES: readonly Tile[] = [
  [128, 8, 1],
  [64, 8, 1],
  [32, 4, 1],
  [64, 8, 8],
];

const product = (size: readonly [number, number, number], [tile, thread, splits]: Tile): TiledProduct => ({
  rows: size[0],
  columns: size[1],
  depth: size[2],
  batch: 1,
  tileRows: tile,
  tileColumns: tile,
  threadRows: thread,
  threadColumns: thread,
  splits,
});

const best = (...size: [number, number, number]): Tile => byEstimate(TILES, (tile) => product(size, tile))[0];

test('large products have large tiles, small ones small tiles, deep ones parts', () => {
  assert.equal(best(4096, 4096, 4096), [128, 8, 1]);
  assert.equal(best(64, 64, 64), [32, 4, 1]);
  assert.equal(best(64, 64, 16384), [64, 8, 8]);
});

test('more work takes longer, and equals keep their order', () => {
  for (const tile of TILES) {
    const cycles = [256, 1024, 4096].map((n) => estimatedCycles(product([n, n, n], tile)));
    assert.ok(cycles[0] < cycles[1] && cycles[1] < cycles[2], `${cycles.join()}`);
  }
  const twins = [{ name: 'a' }, { name: 'b' }];
  assert.equal(
    byEstimate(twins, () => product([64, 64, 64], TILES[0])),
    twins,
  );
});

test('workgroups are counted with cut tiles, products side by side and parts', () => {
  assert.is(workgroupsOf({ ...product([65, 129, 7], [64, 8, 3]), batch: 5 }), 2 * 3 * 5 * 3);
});

test.run();
