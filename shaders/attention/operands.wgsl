// What the members of the forward pass that read by fours bind: q is own, k is other, v is other_2.
@group(0) @binding(0) var<storage, read> own: array<A4>; // q
@group(0) @binding(1) var<storage, read> other: array<A4>; // k
@group(0) @binding(2) var<storage, read> other_2: array<A4>; // v
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<A4>; // y
@group(0) @binding(5) var<storage, read_write> log_sums: array<f32>; // (items, heads, L)
@group(0) @binding(6) var<uniform> params: Params;

alias A4 = vec4f; // as stored

fn load_own(second: bool, at: u32) -> vec4f {
  return vec4f(own[at]);
}

fn load_other(second: bool, at: u32) -> vec4f {
  if (second) {
    return vec4f(other_2[at]);
  }
  return vec4f(other[at]);
}
