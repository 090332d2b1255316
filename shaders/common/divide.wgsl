// a / b, exactly, without an integer division (which CPU adapters do one lane at a time): a float estimate, put right
// twice. The estimate is off by at most a / b * 2^-22, so the remainder fits an i32; the second estimate is off by at
// most 1.
fn divide(a: vec4u, b: u32) -> vec4u {
  let reciprocal = 1.0 / f32(b);
  var q = vec4u(vec4f(a) * reciprocal);
  q += vec4u(vec4i(floor(vec4f(vec4i(a - q * b)) * reciprocal)));
  let r = vec4i(a - q * b);
  return q + select(vec4u(0), vec4u(1), r >= vec4i(i32(b))) - select(vec4u(0), vec4u(1), r < vec4i(0));
}
