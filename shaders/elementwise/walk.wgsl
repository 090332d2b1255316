// How up to four operands are walked over one shape, each with its own strides (0 where it repeats). Finding a place
// costs a division for each dimension, more than all else together; so a thread makes up to 8 elements that differ in
// the first dimension only: block, block + blocks, block + 2 blocks, … (src/kernels/launch/walk.ts puts the longest
// first; the last varies fastest from thread to thread). Where the last dimension allows it, elements are vec4s, and an
// operand that repeats along it is read as f32 and spread.
struct Walk {
  threads: u32, // blocks times the product of all sizes but the first
  rank: u32,
  blocks: u32,
  p0: f32, // the argument of a row of the elementwise table
  size: array<vec4u, 2>, // of each dimension; up to 8
  stride: array<vec4u, 8>, // of each dimension, a component for each operand
}

struct Place {
  index: u32, // in the first dimension
  at: vec4u,
}

// The kernels declare the uniform `walk`.
fn first_place(i: u32) -> Place {
  var rest = i;
  var at = vec4u();
  for (var d = walk.rank - 1; d > 0; d--) {
    let size = walk.size[d / 4][d % 4];
    let above = rest / size;
    at += (rest - above * size) * walk.stride[d];
    rest = above;
  }
  return Place(rest, at + rest * walk.stride[0]);
}
