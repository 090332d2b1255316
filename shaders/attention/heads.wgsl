// Where the operands of attention lie, and what is known of a score. The rows of a tile are its own: queries, or keys
// where OF_KEYS; what it walks over, and has as columns of scores, is the other. `own` and `other` are multiplied for
// the scores; `own_2` and `other_2` are what belongs to the same rows and columns: v to keys, dy to queries.
struct Params {
  own: vec4u, // each: place of the first element, then strides from item to item, head to head, row to row
  other: vec4u,
  own_2: vec4u,
  other_2: vec4u,
  result: vec4u,
  result_2: vec4u,
  mask: vec4u, // strides of items, heads, queries, keys; 0 repeats
  pairs: u32, // items x heads
  heads: u32,
  rows: u32,
  columns: u32,
  E: u32, // of a row of q and k
  F: u32, // of v and dy
  scale: f32,
}
override HAS_MASK: bool = false; // added to the scores
override CAUSAL: bool = false; // query l sees keys 0 .. l
const OF_KEYS = false;
const LOWEST = -0x1.fffffep+127f;

// The first element of a head's matrix.
fn head_of(place: vec4u, pair: u32) -> u32 {
  return place.x + pair / params.heads * place.y + pair % params.heads * place.z;
}

// The columns that a tile of `count` rows from `row` on needs: queries see no later keys.
fn first_column(row: u32) -> u32 {
  return select(0, row, CAUSAL && OF_KEYS);
}

fn end_of_columns(row: u32, count: u32) -> u32 {
  return select(params.columns, min(params.columns, row + count), CAUSAL && !OF_KEYS);
}

// What the product of row and column becomes: its score, -infinity where the query may not see the key, or where there
// is no such column.
fn score_of(product: f32, pair: u32, row: u32, column: u32) -> f32 {
  let query = select(row, column, OF_KEYS);
  let key = select(column, row, OF_KEYS);
  var score = params.scale * product;
  if (HAS_MASK) {
    let at = params.mask * vec4u(pair / params.heads, pair % params.heads, min(query, queries() - 1), min(key, keys() -
        1));
    score += mask[at.x + at.y + at.z + at.w];
  }
  return select(score, minus_infinity(pair), column >= params.columns || (CAUSAL && key > query));
}

fn queries() -> u32 {
  return select(params.rows, params.columns, OF_KEYS);
}

fn keys() -> u32 {
  return select(params.columns, params.rows, OF_KEYS);
}

fn minus_infinity(any: u32) -> f32 {
  return bitcast<f32>(0xff800000u | (any & 0u));
}

// 1 / the sum of exp(score - largest), and the logarithm of the sum of exp(score): NaN where a query may see nothing.
fn inverse_of(total: f32) -> f32 {
  return select(1 / total, not_a_number(bitcast<u32>(total)), total == 0);
}

fn log_sum_of(largest: f32, total: f32) -> f32 {
  return select(largest + log_of(total), not_a_number(bitcast<u32>(total)), total == 0);
}
