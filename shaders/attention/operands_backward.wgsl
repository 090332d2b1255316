// What the members of the backward pass that read by fours bind.
@group(0) @binding(0) var<storage, read> own: array<A4>; // q; k with OF_KEYS
@group(0) @binding(1) var<storage, read> other: array<A4>; // k; q
@group(0) @binding(2) var<storage, read> own_2: array<A4>; // dy; v
@group(0) @binding(3) var<storage, read> other_2: array<A4>; // v; dy
@group(0) @binding(4) var<storage, read> mask: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<A4>; // dq; dk
@group(0) @binding(6) var<storage, read_write> result_2: array<A4>; // nothing; dv
@group(0) @binding(7) var<storage, read> log_sums: array<f32>; // (items, heads, L)
@group(0) @binding(8) var<storage, read> deltas: array<f32>; // (items, heads, L)
@group(0) @binding(9) var<uniform> params: Params;

alias A4 = vec4f; // as stored
const SHARED = false; // dk and dv lie in one tensor, which is bound once

fn load_own(second: bool, at: u32) -> vec4f {
  if (second) {
    return vec4f(own_2[at]);
  }
  return vec4f(own[at]);
}

fn load_other(second: bool, at: u32) -> vec4f {
  if (second) {
    return vec4f(other_2[at]);
  }
  return vec4f(other[at]);
}

fn store(at: u32, four: vec4f) {
  result[at] = A4(four);
}

fn store_2(at: u32, four: vec4f) {
  if (SHARED) {
    result[at] = A4(four);
  } else {
    result_2[at] = A4(four);
  }
}
