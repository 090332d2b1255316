// tanh(x): small x by its series (a driver's tanh may be off by 3e-8 there). Beyond 15 it is 1 in f32, and drivers that
// go through exp overflow.
fn tanh_accurate(x: V) -> V {
  let z = x * x;
  let tail = V(-1.0 / 3) + z * (V(2.0 / 15) + z * (V(-17.0 / 315) + z * (V(62.0 / 2835) - z * V(1382.0 / 155925))));
  return select(tanh(clamp(x, V(-15), V(15))), x + x * z * tail, abs(x) < V(0.25));
}
