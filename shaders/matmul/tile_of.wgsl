// Where a workgroup's tile is: down a panel first, so that what is at work at a time reads few rows and columns.
const PANEL = 8u; // rows of tiles that workgroups beside each other share
struct Tile {
  batch: u32,
  m: u32,
  n: u32,
}

fn tile_of(number: u32) -> Tile {
  let tiles_n = (params.N + TILE_N - 1) / TILE_N;
  let tiles_m = (params.M + TILE_M - 1) / TILE_M;
  let inside = number % (tiles_n * tiles_m);
  let first = inside / (PANEL * tiles_n) * PANEL;
  let rows = min(PANEL, tiles_m - first);
  let at = inside - first * tiles_n;
  return Tile(number / (tiles_n * tiles_m), (first + at % rows) * TILE_M, at / rows * TILE_N);
}
