// Links the places of equal indices, in ascending order. chain (size + n) u32, filled with NONE before:
//   chain[s] = the first j with index[j] == s;  chain[size + j] = the next k > j with index[k] == index[j].
// So a sum over all j with index[j] == s visits just those. A thread takes one j and looks back for the nearest equal
// index: there is one, p, and j is its next; or none, and j is the first. So each word has one writer at most. The
// search ends after about `size` indices when they are random; at worst all pairs are compared, four at a time.
struct Params {
  n: u32,
  size: u32,
  skip: u32, // this index is left out (NONE: none is)
}
@group(0) @binding(0) var<storage, read> index: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> chain: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = linear_workgroup(workgroup, grid) * 64 + lane;
  if (j >= params.n) {
    return;
  }
  var q = j / 4;
  let own = index[q];
  let row = own[j % 4];
  if (row >= params.size || row == params.skip) {
    return;
  }
  let before = vec4u(0, 1, 2, 3) < vec4u(j % 4);
  var found = (own == vec4u(row)) & before;
  while (!any(found) && q > 0) {
    q--;
    found = index[q] == vec4u(row);
  }
  if (any(found)) {
    let last = select(select(select(0u, 1u, found.y), 2u, found.z), 3u, found.w);
    chain[params.size + 4 * q + last] = j;
  } else {
    chain[row] = j;
  }
}
