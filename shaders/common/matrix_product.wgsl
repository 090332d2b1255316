// What products on matrix units (tensor cores) share: tiles of halves in workgroup memory, sums in f32.
//
// A workgroup makes TILE_M x TILE_N, each of its subgroups SUB_M x SUB_N of it, in fragments of FM x FN that its lanes
// hold together. Each step brings TILE_K of depth of both operands to workgroup memory; then a subgroup loads, per FK
// of depth, DOWN fragments on the left and ACROSS on the right and multiplies each with each: with 4 x 4 that are
// sixteen multiplications for eight loads. In both tiles depth is contiguous, so that a lane's part of a fragment is
// too. A row has two vec4s more than it needs: neighbouring rows start on other banks, and all on whole 16 bytes.
const TILE_M = 32u;
const TILE_N = 32u;
const TILE_K = 32u;
const SUB_M = 16u;
const SUB_N = 16u;
const FM = 16u; // a configuration that the adapter lists, all three multiples of 4
const FN = 16u;
const FK = 16u;
const S = 32u; // lanes of a subgroup
const SUBS_N = TILE_N / SUB_N;
const SUBGROUPS = TILE_M / SUB_M * SUBS_N;
const THREADS = SUBGROUPS * S; // at least TILE_M
const DOWN = SUB_M / FM;
const ACROSS = SUB_N / FN;
const DEEP = TILE_K / 4; // fours of depth of a step
const PITCH = DEEP + 2;
var<workgroup> left_tile: array<vec4h, TILE_M * PITCH>; // (row, four of depth)
var<workgroup> right_tile: array<vec4h, TILE_N * PITCH>; // (column, four of depth)

alias Sums = array<array<Sum, ACROSS>, DOWN>;

fn first_row_of(subgroup: u32) -> u32 {
  return subgroup / SUBS_N * SUB_M;
}

fn first_column_of(subgroup: u32) -> u32 {
  return subgroup % SUBS_N * SUB_N;
}

// Adds what the tiles hold to the sums.
fn add_products(subgroup: u32, sums: ptr<function, Sums>) {
  let at_left = first_row_of(subgroup) * PITCH;
  let at_right = first_column_of(subgroup) * PITCH;
  for (var k = 0u; k < TILE_K * turns(); k += FK) {
    var right = array<Right, ACROSS>();
    for (var q = 0u; q < ACROSS * turns(); q++) {
      right[q] = load_right(at_right + q * FN * PITCH + k / 4);
    }
    for (var p = 0u; p < DOWN * turns(); p++) {
      let left = load_left(at_left + p * FM * PITCH + k / 4);
      for (var q = 0u; q < ACROSS * turns(); q++) {
        sums[p][q] = multiply_add(left, right[q], sums[p][q]);
      }
    }
  }
}

// The sum of a row of the left tile.
fn sum_of_row(row: u32) -> f32 {
  var v = 0f;
  for (var k = 0u; k < DEEP; k++) {
    v += dot(vec4f(left_tile[row * PITCH + k]), vec4f(1));
  }
  return v;
}

// Sums leave their fragments through workgroup memory, TOGETHER fragments side by side at a time.
const TOGETHER = select(1u, 2u, ACROSS % 2 == 0);
const STAGED_N = TOGETHER * FN;
var<workgroup> staged: array<f32, SUBGROUPS * FM * STAGED_N>;

fn stage(subgroup: u32, which: u32, sum: Sum) {
  store_sum(subgroup * FM * STAGED_N + which * FN, sum);
}

// Four neighbours of a row of what the subgroup staged.
fn staged_four(subgroup: u32, row: u32, four: u32) -> vec4f {
  let at = (subgroup * FM + row) * STAGED_N + four * 4;
  return vec4f(staged[at], staged[at + 1], staged[at + 2], staged[at + 3]);
}
