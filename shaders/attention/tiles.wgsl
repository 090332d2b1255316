// What the members with workgroup memory share. A workgroup has TILE_ROWS rows and walks over TILE_COLUMNS columns at a
// time; a thread makes the scores of THREAD_ROWS rows with 4 columns, and later the sums of as many rows with PASSES
// fours of features. Both are products of small matrices as in matmul/workgroup.wgsl: what is multiplied lies in
// workgroup memory with the summed dimension outermost, DEPTH of it at a time; a row there has one vec4 more than it
// needs, or threads that write below each other would meet in one bank.
const TILE_ROWS = 32u; // at most as many as threads
const TILE_COLUMNS = 32u; // 4 for each of THREADS_X
const THREAD_ROWS = 4u;
const PASSES = 2u; // features / (4 THREADS_X), rounded up
const THREADS_X = 8u;
const THREADS_Y = TILE_ROWS / THREAD_ROWS;
const THREADS = THREADS_X * THREADS_Y;
const FOURS = THREAD_ROWS / 4;
const DEPTH = 8u;
const PITCH = TILE_ROWS / 4 + 1;
const PITCH_OTHER = TILE_COLUMNS / 4 + 1;
const PITCH_VALUES = PASSES * THREADS_X + 1;
const OTHER = DEPTH * PITCH; // where the columns begin
const VALUES = DEPTH * PASSES * THREADS_X;

alias Scores = array<array<vec4f, 4>, FOURS>; // four rows of a column
alias Sums = array<array<vec4f, THREAD_ROWS>, PASSES>; // four features of a row

// Rows and columns of a step of the scores, or what the sums take of the columns' features.
var<workgroup> tile: array<vec4f, max(DEPTH * (PITCH + PITCH_OTHER), DEPTH * PITCH_VALUES)>;
// Four rows of a column: scores, and what becomes of them. Backward has two of them behind each other.
var<workgroup> scores: array<vec4f, KEPT * TILE_COLUMNS * PITCH>;
const NEXT_SCORES = TILE_COLUMNS * PITCH;

// Adds the products of rows and columns over `depth` features: of own and other, or of own_2 and other_2. The
// remainders of threads show that no index is past the end, or all would be tested.
fn add_products(second: bool, sum: ptr<function, Scores>, pair: u32, row: u32, column: u32, depth: u32, thread: u32) {
  let x = thread % THREADS_X;
  let y = thread / THREADS_X % THREADS_Y;
  for (var e = 0u; e < depth; e += DEPTH) {
    workgroupBarrier(); // what was there has been read
    for (var i = thread % THREADS; i < TILE_ROWS * DEPTH / 16; i += THREADS) {
      let four = i / (DEPTH / 4);
      let part = i % (DEPTH / 4) * 4;
      let block = block_of_own(second, pair, row + 4 * four, e + part, depth);
      for (var j = 0u; j < 4; j++) {
        tile[(part + j) * PITCH + four] = block[j];
      }
    }
    for (var i = thread % THREADS; i < TILE_COLUMNS * DEPTH / 16; i += THREADS) {
      let four = i / (DEPTH / 4);
      let part = i % (DEPTH / 4) * 4;
      let block = block_of_other(second, pair, column + 4 * four, e + part, depth);
      for (var j = 0u; j < 4; j++) {
        tile[OTHER + (part + j) * PITCH_OTHER + four] = block[j];
      }
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let b = tile[OTHER + k * PITCH_OTHER + x];
      for (var p = 0u; p < FOURS; p++) {
        let a = tile[k * PITCH + y * FOURS + p];
        for (var c = 0u; c < 4; c++) {
          (*sum)[p][c] += a * b[c];
        }
      }
    }
  }
}

// Features e .. e + 3 as rows, of rows row .. row + 3. Features past the end are 0; rows past it are others.
fn block_of_own(second: bool, pair: u32, row: u32, e: u32, depth: u32) -> mat4x4f {
  let place = select(params.own, params.own_2, second);
  let r = min(vec4u(row) + vec4u(0, 1, 2, 3), vec4u(params.rows - 1));
  let at = (head_of(place, pair) + r * place.w + min(e, depth - 4)) / 4;
  let block = mat4x4f(load_own(second, at.x), load_own(second, at.y), load_own(second, at.z), load_own(second, at.w));
  return transpose(block) * select(0f, 1f, e < depth);
}

fn block_of_other(second: bool, pair: u32, column: u32, e: u32, depth: u32) -> mat4x4f {
  let place = select(params.other, params.other_2, second);
  let c = min(vec4u(column) + vec4u(0, 1, 2, 3), vec4u(params.columns - 1));
  let at = (head_of(place, pair) + c * place.w + min(e, depth - 4)) / 4;
  let block = mat4x4f(load_other(second, at.x), load_other(second, at.y), load_other(second, at.z), load_other(second,
      at.w));
  return transpose(block) * select(0f, 1f, e < depth);
}

// Adds, over the columns at hand, what `scores` holds from `first` on times the columns' rows of other or other_2.
fn add_values(second: bool, first: u32, sums: ptr<function, Sums>, pair: u32, column: u32, width: u32, thread: u32) {
  let x = thread % THREADS_X;
  let y = thread / THREADS_X % THREADS_Y;
  let place = select(params.other, params.other_2, second);
  let head = head_of(place, pair);
  for (var from_column = 0u; from_column < TILE_COLUMNS; from_column += DEPTH) {
    workgroupBarrier();
    for (var i = thread % THREADS; i < VALUES; i += THREADS) {
      let c = i / (PASSES * THREADS_X);
      let four = i % (PASSES * THREADS_X);
      let at = head + min(column + from_column + c, params.columns - 1) * place.w + min(4 * four, width - 4);
      tile[c * PITCH_VALUES + four] = load_other(second, at / 4);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      var values = array<vec4f, PASSES>();
      for (var q = 0u; q < PASSES; q++) {
        values[q] = tile[k * PITCH_VALUES + q * THREADS_X + x];
      }
      for (var p = 0u; p < FOURS; p++) {
        let a = scores[first + (from_column + k) * PITCH + y * FOURS + p];
        for (var i = 0u; i < 4; i++) {
          for (var q = 0u; q < PASSES; q++) {
            (*sums)[q][p * 4 + i] += a[i] * values[q];
          }
        }
      }
    }
  }
}

fn scores_of(products: vec4f, pair: u32, row: u32, column: u32) -> vec4f {
  return vec4f(score_of(products.x, pair, row, column), score_of(products.y, pair, row + 1, column),
    score_of(products.z, pair, row + 2, column), score_of(products.w, pair, row + 3, column));
}
