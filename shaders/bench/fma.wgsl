// out[i] = c0 + … + c7, where chain cj starts at i % 4 + j and becomes cj * factor + term 8 * rounds times: the
// benchmark's measure of arithmetic. A workgroup makes 64 vec4s, a thread one. Every chain needs its own last result,
// the eight (of a vec4 each) do not need each other, so a core can keep its pipelines full; all is in registers. Factor
// and term come at run time: the compiler can fold nothing. Floating-point operations: 8 chains x 4 lanes x 8 x rounds
// x 2 a thread.
struct Params {
  rounds: u32,
  factor: f32,
  term: f32,
}
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= arrayLength(&out)) {
    return;
  }
  let f = vec4f(params.factor);
  let t = vec4f(params.term);
  let start = vec4f(f32(i % 4));
  var c0 = start;
  var c1 = start + 1;
  var c2 = start + 2;
  var c3 = start + 3;
  var c4 = start + 4;
  var c5 = start + 5;
  var c6 = start + 6;
  var c7 = start + 7;
  for (var round = 0u; round < params.rounds; round++) {
    c0 = fma(c0, f, t);
    c1 = fma(c1, f, t);
    c2 = fma(c2, f, t);
    c3 = fma(c3, f, t);
    c4 = fma(c4, f, t);
    c5 = fma(c5, f, t);
    c6 = fma(c6, f, t);
    c7 = fma(c7, f, t);
    c0 = fma(c0, f, t);
    c1 = fma(c1, f, t);
    c2 = fma(c2, f, t);
    c3 = fma(c3, f, t);
    c4 = fma(c4, f, t);
    c5 = fma(c5, f, t);
    c6 = fma(c6, f, t);
    c7 = fma(c7, f, t);
    c0 = fma(c0, f, t);
    c1 = fma(c1, f, t);
    c2 = fma(c2, f, t);
    c3 = fma(c3, f, t);
    c4 = fma(c4, f, t);
    c5 = fma(c5, f, t);
    c6 = fma(c6, f, t);
    c7 = fma(c7, f, t);
    c0 = fma(c0, f, t);
    c1 = fma(c1, f, t);
    c2 = fma(c2, f, t);
    c3 = fma(c3, f, t);
    c4 = fma(c4, f, t);
    c5 = fma(c5, f, t);
    c6 = fma(c6, f, t);
    c7 = fma(c7, f, t);
    c0 = fma(c0, f, t);
    c1 = fma(c1, f, t);
    c2 = fma(c2, f, t);
    c3 = fma(c3, f, t);
    c4 = fma(c4, f, t);
    c5 = fma(c5, f, t);
    c6 = fma(c6, f, t);
    c7 = fma(c7, f, t);
    c0 = fma(c0, f, t);
    c1 = fma(c1, f, t);
    c2 = fma(c2, f, t);
    c3 = fma(c3, f, t);
    c4 = fma(c4, f, t);
    c5 = fma(c5, f, t);
    c6 = fma(c6, f, t);
    c7 = fma(c7, f, t);
    c0 = fma(c0, f, t);
    c1 = fma(c1, f, t);
    c2 = fma(c2, f, t);
    c3 = fma(c3, f, t);
    c4 = fma(c4, f, t);
    c5 = fma(c5, f, t);
    c6 = fma(c6, f, t);
    c7 = fma(c7, f, t);
    c0 = fma(c0, f, t);
    c1 = fma(c1, f, t);
    c2 = fma(c2, f, t);
    c3 = fma(c3, f, t);
    c4 = fma(c4, f, t);
    c5 = fma(c5, f, t);
    c6 = fma(c6, f, t);
    c7 = fma(c7, f, t);
  }
  out[i] = ((c0 + c1) + (c2 + c3)) + ((c4 + c5) + (c6 + c7));
}
