use monograd::prelude::*;

network! { pub Body: [8] -> [3] { dense(4) } }

network! { pub Net: [8] -> [5] { body: Body -> [3], dense(5) } }

fn main() {
    let mut net = Net::init(1);
    let body: Body = net.body().to_network();
    net.body_mut().copy_from(&body);
}
