// What the members that work on subgroups share: scores of ROWS rows with 4 S columns, 4 of them in each lane.
const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S
const PASSES = 2u; // features / (4 S), rounded up
const LOADS = ROWS / S;
alias Tile = array<vec4f, ROWS>;
alias Sums = array<Tile, PASSES>;

// Adds the products of rows and columns over `depth` features: of own and other, or of own_2 and other_2. A row or
// column that does not exist has those of another.
fn add_products(second: bool, sum: ptr<function, Tile>, pair: u32, row: u32, column: u32, depth: u32, lane: u32) {
  let place_own = select(params.own, params.own_2, second);
  let place_other = select(params.other, params.other_2, second);
  let at_own = head_of(place_own, pair);
  let last = params.columns - 1;
  let mine = vec4u(column + 4 * lane) + vec4u(0, 1, 2, 3);
  let places = head_of(place_other, pair) + min(mine, vec4u(last)) * place_other.w;
  for (var e = 0u; e < depth; e += 4) {
    let at = (places + e) / 4;
    let block = transpose(four_of_other(second, at));
    for (var l = 0u; l < LOADS; l++) {
      let four = load_own(second, (at_own + min(row + l * S + lane, params.rows - 1) * place_own.w + e) / 4);
      for (var i = 0u; i < S; i++) {
        (*sum)[l * S + i] += block * subgroupShuffle(four, i);
      }
    }
  }
}

fn four_of_other(second: bool, at: vec4u) -> mat4x4f {
  return mat4x4f(load_other(second, at.x), load_other(second, at.y), load_other(second, at.z), load_other(second,
      at.w));
}

// Adds p times the rows column .. column + 4 S - 1 of other or other_2: a lane has the p of 4 columns and gets those of
// the others.
fn add_values(second: bool, p: ptr<function, Tile>, sums: ptr<function, Sums>, pair: u32, column: u32, width: u32,
    lane: u32) {
  let place = select(params.other, params.other_2, second);
  let head = head_of(place, pair);
  for (var q = 0u; q < PASSES; q++) {
    let first = head + min(4 * (q * S + lane), width - 4);
    for (var from_lane = 0u; from_lane < S; from_lane++) {
      let columns = min(vec4u(column + 4 * from_lane) + vec4u(0, 1, 2, 3), vec4u(params.columns - 1));
      let at = (first + columns * place.w) / 4;
      let block = four_of_other(second, at);
      for (var r = 0u; r < ROWS; r++) {
        (*sums)[q][r] += block * subgroupShuffle((*p)[r], from_lane);
      }
    }
  }
}

// score_of for four columns.
fn four_scores(products: vec4f, pair: u32, row: u32, column: u32) -> vec4f {
  return vec4f(score_of(products.x, pair, row, column), score_of(products.y, pair, row, column + 1),
    score_of(products.z, pair, row, column + 2), score_of(products.w, pair, row, column + 3));
}

fn exp_of_four(x: vec4f) -> vec4f {
  return select(exp(x), x, (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}
