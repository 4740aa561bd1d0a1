// Serves SQS on a free port of the loopback interface, and says where. fauxqs's
// own command listens on every interface.
import { buildApp } from "fauxqs";

const app = buildApp({ logger: false });
process.on("SIGTERM", () => app.close());
console.log(await app.listen({ host: "127.0.0.1", port: 0 }));
