// node bench.js <image> <thumbnail> <box side> <quality> <runs>
//
// Makes the thumbnail as often as told, on one thread and without sharp's cache,
// and prints how many milliseconds each run took, as a JSON array. The image is
// in memory, where the Lambda function has it too.
import { readFileSync, writeFileSync } from "node:fs";
import sharp from "sharp";

const [image, thumbnail, side, quality, runs] = process.argv.slice(2);
sharp.concurrency(1);
sharp.cache(false);

const original = readFileSync(image);
const times = [];
let result;
for (let run = 0; run < Number(runs); run++) {
  const start = process.hrtime.bigint();
  result = await sharp(original)
    .rotate() // by EXIF orientation
    .resize(Number(side), Number(side), { fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: Number(quality) })
    .toBuffer();
  times.push(Number(process.hrtime.bigint() - start) / 1e6);
}
writeFileSync(thumbnail, result);
console.log(JSON.stringify(times));
