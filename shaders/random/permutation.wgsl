// out = the numbers 0 … n - 1 in random order, each thread its own element, without memory: out[i] = P(i), P a random
// bijection. Up to FEW numbers, P(i) is the rank of element i's random word among the words of all n (of equals the
// first is less): every order is equally likely. With more, that would be too many words; and a network over few bits,
// as follows, would favour some orders. P is a Feistel network (Luby and Rackoff 1988) over the fewest bits that hold n
// - 1, split into a left and a right part of whole bits: eight rounds, in turn left ^= F(right, key) and right ^=
// F(left, key), F being lowbias32 of value ^ key. The network makes even permutations of 0 … 2^bits - 1 only, so half
// of the time (the last key's top bit) 0 and 1 change places. A result of n or more is sent through again until it is
// below n (cycle walking, Black and Rogaway 2002), on average less than twice in all. The keys are eight random words:
// Philox blocks 0 and 1 of the call, with 1 as the counter's last word.
struct Params {
  n: u32, // elements of the window
  start: u32, // first element of the window
  total: u32,
  call: u32,
  left: u32, // bits
  right: u32,
}
@group(0) @binding(0) var<storage, read> state: RandomState;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

const FEW = 256u;

fn rank(i: u32) -> u32 {
  let own = random_words(state, i / 4, params.call)[i % 4];
  var count = 0u;
  for (var q = 0u; 4 * q < params.total; q++) {
    let j = vec4u(4 * q) + vec4u(0, 1, 2, 3);
    let w = random_words(state, q, params.call);
    let is_less = ((w < vec4u(own)) | ((w == vec4u(own)) & (j < vec4u(i)))) & (j < vec4u(params.total));
    count += dot(select(vec4u(0), vec4u(1), is_less), vec4u(1));
  }
  return count;
}

// A bijective hash of 32 bits: Chris Wellons' lowbias32 (https://nullprogram.com/blog/2018/07/31/).
fn mix32(value: u32) -> u32 {
  var x = value;
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  return x ^ (x >> 16);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.n) {
    return;
  }
  if (params.total <= FEW) {
    out[i] = rank(params.start + i);
    return;
  }
  let key0 = philox(vec4u(0, params.call, state.step, 1), state.seed);
  let key1 = philox(vec4u(1, params.call, state.step, 1), state.seed);
  let mask_left = (1u << params.left) - 1;
  let mask_right = (1u << params.right) - 1;
  let swaps = key1.w >= 0x80000000u;
  var x = params.start + i;
  loop {
    var l = x >> params.right;
    var r = x & mask_right;
    for (var round = 0u; round < 4; round += 2) {
      l ^= mix32(r ^ key0[round]) & mask_left;
      r ^= mix32(l ^ key0[round + 1]) & mask_right;
    }
    for (var round = 0u; round < 4; round += 2) {
      l ^= mix32(r ^ key1[round]) & mask_left;
      r ^= mix32(l ^ key1[round + 1]) & mask_right;
    }
    x = (l << params.right) | r;
    x ^= select(0u, 1u, swaps && x < 2);
    if (x < params.total) {
      break;
    }
  }
  out[i] = x;
}
