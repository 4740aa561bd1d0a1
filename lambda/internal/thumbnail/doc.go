// Package thumbnail answers S3's events: it reads each uploaded image, has its
// thumbnails made, and writes them to the destination bucket.
//
// # Keys
//
// The thumbnail of uploads/2024/cat.png in a box of 200 × 200 pixels is
// thumbnails/200x200/2024/cat.png. No two originals share a thumbnail, another
// box does not move the others, and an event that comes again overwrites what it
// wrote with the same bytes.
//
// # Configuration
//
// The function reads these environment variables. One that is wrong or missing
// keeps it from starting, with an error that names it.
//
//	DESTINATION_BUCKET   name of the bucket for thumbnails       required
//	KMS_KEY_ARN          key that thumbnails are encrypted with  required
//	SOURCE_PREFIX        folder of originals                     uploads/
//	DESTINATION_PREFIX   folder of thumbnails                    thumbnails/
//	THUMBNAIL_SIZES      boxes, as 200x200,800x600; at most 16,
//	                     sides of 1 to 10000 pixels              200x200
//	JPEG_QUALITY         1 to 100                                85
//	BACKGROUND_COLOR     under transparent pixels, as #rrggbb    #ffffff
//	CACHE_CONTROL        header of the thumbnails                max-age=86400
//	MAX_BYTES            largest original, in bytes,
//	                     1 to 1073741824                         33554432
//	MAX_PIXELS           largest original, width × height,
//	                     1 to 1000000000                         50000000
//	MAX_DECODED_BYTES    most memory for one decoded original,
//	                     in bytes, 1 to 8589934592               201326592
//	DEADLINE_MARGIN_MS   time before the function's deadline at
//	                     which it stops, 1 to 60000              1000
//	METRICS_NAMESPACE    CloudWatch namespace of its counters    Pipeguard
//
// Lambda itself sets AWS_XRAY_DAEMON_ADDRESS and the trace header of an
// invocation; tracing is on when both are there and the invocation is sampled.
// The defaults keep the whole process, with any file, below 256 MB.
//
// # Failures
//
// Every failure of a record fails the invocation, so that Lambda retries the
// event and at last sends it to the dead-letter queue. The type of the error
// that Lambda reports, PermanentError or TransientError, shows whether a redrive
// can help.
package thumbnail
