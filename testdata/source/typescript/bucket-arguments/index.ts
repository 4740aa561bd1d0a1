import * as aws from "@pulumi/aws";
import { Bucket as Store } from "@pulumi/aws/s3";
import { closed } from "./closed";

new aws.s3.Bucket("cast", { // want source-bucket-arguments
    acl: "private",
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
} as aws.s3.BucketArgs);

new Store("spread", { ...closed, tags: { team: "images" } }); // want source-bucket-arguments

const args: any = { forceDestroy: true };
args.restrictPublicBuckets = true;
new aws.s3.BucketV2("set", args); // want source-bucket-arguments

new aws.s3.Bucket("merged", Object.assign({}, closed, { acl: "private" })); // want source-bucket-arguments
