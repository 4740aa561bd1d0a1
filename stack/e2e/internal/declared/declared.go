// Package declared reads the image pipeline from a preview of the stack: the
// end-to-end test builds exactly what the program declares.
package declared

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Account is the emulated account that the stack's resources belong to.
const Account = "123456789012"

// These are the types of the resources that make up the pipeline.
var (
	bucketTypes       = []string{"aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"}
	versioningTypes   = []string{"aws:s3/bucketVersioningV2:BucketVersioningV2", "aws:s3/bucketVersioning:BucketVersioning"}
	encryptionTypes   = []string{"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"}
	notificationType  = "aws:s3/bucketNotification:BucketNotification"
	functionType      = "aws:lambda/function:Function"
	invokeConfigType  = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
	queueType         = "aws:sqs/queue:Queue"
	keyType           = "aws:kms/key:Key"
	roleType          = "aws:iam/role:Role"
	rolePolicyType    = "aws:iam/rolePolicy:RolePolicy"
	defaultRegion     = "us-east-1"
	sqsPrefix         = "arn:aws:sqs:"
	kmsPrefix         = "arn:aws:kms:"
	lambdaDefaultTime = 3 * time.Second
)

// Pipeline is what the stack declares of the image pipeline.
type Pipeline struct {
	// Region is the stack's AWS region.
	Region string
	// KeyName is the name in the program of the one key that everything is
	// encrypted with, and KeyARN its ARN in the emulated account.
	KeyName, KeyARN string
	// Buckets are all declared buckets.
	Buckets []Bucket
	// Queues are all declared queues.
	Queues []Queue
	// Notifications are the entries of the buckets' notifications.
	Notifications []Notification
	// Function is the one function that they invoke.
	Function Function
}

// Bucket is a declared bucket.
type Bucket struct {
	// Name is the bucket's name in S3.
	Name string
	// Versioned indicates whether every version of an object is kept.
	Versioned bool
	// KeyARN is the key that new objects are encrypted with; empty for none.
	KeyARN string
}

// Queue is a declared SQS queue.
type Queue struct {
	// Name and ARN are the queue's in SQS.
	Name, ARN string
	// Retention is how long a message is kept.
	Retention time.Duration
}

// Notification is one entry of a bucket's notification configuration.
type Notification struct {
	// Bucket is the bucket's name.
	Bucket string
	// Events are S3's names, such as "s3:ObjectCreated:*".
	Events []string
	// Prefix and Suffix are what the keys of its objects start and end with.
	Prefix, Suffix string
}

// Function is the declared function, with what Lambda does when it fails.
type Function struct {
	// Name and ARN are the function's in Lambda.
	Name, ARN string
	// Code is the path of the archive, relative to the program's folder.
	Code string
	// Architecture is the archive's, in Lambda's terms: "arm64" or "x86_64".
	Architecture string
	// Handler is the handler's name, which the runtime gets as _HANDLER.
	Handler string
	// Timeout is the longest that one invocation may take.
	Timeout time.Duration
	// MemorySize is in MiB.
	MemorySize int
	// Concurrency is how many invocations may run at the same time; -1 for no limit.
	Concurrency int
	// Environment has the declared variables.
	Environment map[string]string
	// Retries is how often a failed event is tried again.
	Retries int
	// MaximumEventAge is how long an event may wait after its arrival.
	MaximumEventAge time.Duration
	// OnFailure is the ARN of the queue that gets a record of each event that
	// failed for good; empty for none.
	OnFailure string
	// DeadLetterTarget is the ARN of the queue that gets the event itself; empty
	// for none.
	DeadLetterTarget string
	// Policies are the policies of the function's role that are known before
	// the deployment, as JSON.
	Policies []string
}

// Read reads the output of `pulumi preview --json`. Values that are unknown
// there get the names of an emulated account; each has to come from one resource
// only. The error describes what the test could not find or does not understand.
func Read(preview []byte) (Pipeline, error) {
	plan, err := parse(preview)
	if err != nil {
		return Pipeline{}, err
	}
	r := &reader{plan: plan}
	r.pipeline.Region = plan.config["aws:region"]
	if r.pipeline.Region == "" {
		r.pipeline.Region = defaultRegion
	}
	for _, read := range []func() error{r.key, r.buckets, r.queues, r.function, r.failurePath, r.policies, r.notifications} {
		if err := read(); err != nil {
			return Pipeline{}, err
		}
	}
	return r.pipeline, nil
}

type reader struct {
	plan         plan
	pipeline     Pipeline
	functionNode resource
}

// key finds the key. The object store has one local key, whose name cannot
// contain a colon; its ARN is arn:aws:kms: followed by that name.
func (r *reader) key() error {
	keys := r.plan.ofType(keyType)
	if len(keys) != 1 {
		return fmt.Errorf("the stack declares %d KMS keys, want 1", len(keys))
	}
	r.pipeline.KeyName = keys[0].name()
	r.pipeline.KeyARN = kmsPrefix + r.pipeline.KeyName
	return nil
}

func (r *reader) buckets() error {
	for _, node := range r.plan.ofType(bucketTypes...) {
		bucket := Bucket{}
		var err error
		if bucket.Name, err = bucketName(node); err != nil {
			return err
		}
		for _, versioning := range r.plan.ofType(versioningTypes...) {
			var inputs struct {
				Bucket                  string `json:"bucket"`
				VersioningConfiguration struct {
					Status string `json:"status"`
				} `json:"versioningConfiguration"`
			}
			if err := versioning.decode(&inputs); err != nil {
				return err
			}
			if r.is(node, bucket.Name, versioning, inputs.Bucket) {
				bucket.Versioned = inputs.VersioningConfiguration.Status == "Enabled"
			}
		}
		if bucket.KeyARN, err = r.bucketKey(node, bucket.Name); err != nil {
			return err
		}
		r.pipeline.Buckets = append(r.pipeline.Buckets, bucket)
	}
	return nil
}

func bucketName(node resource) (string, error) {
	var inputs struct {
		Bucket string `json:"bucket"`
	}
	if err := node.decode(&inputs); err != nil {
		return "", err
	}
	if inputs.Bucket == "" || inputs.Bucket == unknown {
		return "", fmt.Errorf("the name of %s is not known before the deployment", node.URN)
	}
	return inputs.Bucket, nil
}

// is reports whether a setting's bucket property names the bucket.
func (r *reader) is(bucket resource, name string, setting resource, property string) bool {
	if property != unknown {
		return property == name
	}
	source, err := r.plan.source(setting, "bucket", bucketTypes...)
	return err == nil && source.URN == bucket.URN
}

func (r *reader) bucketKey(node resource, name string) (string, error) {
	for _, encryption := range r.plan.ofType(encryptionTypes...) {
		var inputs struct {
			Bucket string `json:"bucket"`
			Rules  []struct {
				Default struct {
					SSEAlgorithm   string `json:"sseAlgorithm"`
					KMSMasterKeyID string `json:"kmsMasterKeyId"`
				} `json:"applyServerSideEncryptionByDefault"`
			} `json:"rules"`
		}
		if err := encryption.decode(&inputs); err != nil {
			return "", err
		}
		if !r.is(node, name, encryption, inputs.Bucket) || len(inputs.Rules) == 0 || inputs.Rules[0].Default.SSEAlgorithm != "aws:kms" {
			continue
		}
		return r.keyARN(encryption, "rules", inputs.Rules[0].Default.KMSMasterKeyID)
	}
	return "", nil
}

// keyARN returns the emulated key for a value that comes from the declared one.
func (r *reader) keyARN(node resource, property, value string) (string, error) {
	if value != unknown {
		return "", fmt.Errorf("%s of %s names the key %q, which is not of this stack", property, node.URN, value)
	}
	if _, err := r.plan.source(node, property, keyType); err != nil {
		return "", err
	}
	return r.pipeline.KeyARN, nil
}

func (r *reader) queues() error {
	for _, node := range r.plan.ofType(queueType) {
		var inputs struct {
			Name                    string  `json:"name"`
			MessageRetentionSeconds float64 `json:"messageRetentionSeconds"`
		}
		if err := node.decode(&inputs); err != nil {
			return err
		}
		if inputs.Name == "" || inputs.Name == unknown {
			return fmt.Errorf("the name of %s is not known before the deployment", node.URN)
		}
		r.pipeline.Queues = append(r.pipeline.Queues, Queue{
			Name:      inputs.Name,
			ARN:       r.queueARN(inputs.Name),
			Retention: seconds(inputs.MessageRetentionSeconds),
		})
	}
	return nil
}

func (r *reader) queueARN(name string) string {
	return sqsPrefix + r.pipeline.Region + ":" + Account + ":" + name
}

// queueTarget resolves a property that names a queue.
func (r *reader) queueTarget(node resource, property, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	name := value[strings.LastIndex(value, ":")+1:]
	if value == unknown {
		queue, err := r.plan.source(node, property, queueType)
		if err != nil {
			return "", err
		}
		var inputs struct {
			Name string `json:"name"`
		}
		if err := queue.decode(&inputs); err != nil {
			return "", err
		}
		name = inputs.Name
	}
	for _, queue := range r.pipeline.Queues {
		if queue.Name == name {
			return queue.ARN, nil
		}
	}
	return "", fmt.Errorf("%s of %s is %q, which is not a queue of this stack", property, node.URN, value)
}

func (r *reader) function() error {
	functions := r.plan.ofType(functionType)
	if len(functions) != 1 {
		return fmt.Errorf("the stack declares %d functions, want 1", len(functions))
	}
	r.functionNode = functions[0]
	var inputs struct {
		Name          string   `json:"name"`
		Handler       string   `json:"handler"`
		Architectures []string `json:"architectures"`
		Code          struct {
			Path string `json:"path"`
		} `json:"code"`
		Timeout                      float64  `json:"timeout"`
		MemorySize                   int      `json:"memorySize"`
		ReservedConcurrentExecutions *float64 `json:"reservedConcurrentExecutions"`
		Environment                  struct {
			Variables map[string]string `json:"variables"`
		} `json:"environment"`
		DeadLetterConfig struct {
			TargetARN string `json:"targetArn"`
		} `json:"deadLetterConfig"`
	}
	if err := r.functionNode.decode(&inputs); err != nil {
		return err
	}
	if inputs.Code.Path == "" {
		return fmt.Errorf("the code of %s is not an archive on disk", r.functionNode.URN)
	}
	f := &r.pipeline.Function
	// What the program leaves out has Lambda's default.
	*f = Function{
		Name:            inputs.Name,
		ARN:             "arn:aws:lambda:" + r.pipeline.Region + ":" + Account + ":function:" + inputs.Name,
		Code:            inputs.Code.Path,
		Architecture:    "x86_64",
		Handler:         inputs.Handler,
		Timeout:         lambdaDefaultTime,
		MemorySize:      128,
		Concurrency:     -1,
		Environment:     inputs.Environment.Variables,
		Retries:         2,
		MaximumEventAge: 6 * time.Hour,
	}
	if len(inputs.Architectures) > 0 {
		f.Architecture = inputs.Architectures[0]
	}
	if inputs.Timeout > 0 {
		f.Timeout = seconds(inputs.Timeout)
	}
	if inputs.MemorySize > 0 {
		f.MemorySize = inputs.MemorySize
	}
	if inputs.ReservedConcurrentExecutions != nil {
		f.Concurrency = int(*inputs.ReservedConcurrentExecutions)
	}
	for name, value := range f.Environment {
		if value != unknown {
			continue
		}
		// Names and prefixes are known in advance; the key is not.
		arn, err := r.keyARN(r.functionNode, "environment", value)
		if err != nil {
			return fmt.Errorf("environment variable %s: %w", name, err)
		}
		f.Environment[name] = arn
	}
	var err error
	f.DeadLetterTarget, err = r.queueTarget(r.functionNode, "deadLetterConfig", inputs.DeadLetterConfig.TargetARN)
	return err
}

func (r *reader) failurePath() error {
	f := &r.pipeline.Function
	for _, node := range r.plan.ofType(invokeConfigType) {
		var inputs struct {
			MaximumRetryAttempts     *float64 `json:"maximumRetryAttempts"`
			MaximumEventAgeInSeconds float64  `json:"maximumEventAgeInSeconds"`
			DestinationConfig        struct {
				OnFailure struct {
					Destination string `json:"destination"`
				} `json:"onFailure"`
			} `json:"destinationConfig"`
		}
		if err := node.decode(&inputs); err != nil {
			return err
		}
		if inputs.MaximumRetryAttempts != nil {
			f.Retries = int(*inputs.MaximumRetryAttempts)
		}
		if inputs.MaximumEventAgeInSeconds > 0 {
			f.MaximumEventAge = seconds(inputs.MaximumEventAgeInSeconds)
		}
		var err error
		if f.OnFailure, err = r.queueTarget(node, "destinationConfig", inputs.DestinationConfig.OnFailure.Destination); err != nil {
			return err
		}
	}
	return nil
}

// policies collects what the function's role may do.
func (r *reader) policies() error {
	role, err := r.plan.source(r.functionNode, "role", roleType)
	if err != nil {
		return err
	}
	for _, node := range r.plan.ofType(rolePolicyType) {
		if owner, err := r.plan.source(node, "role", roleType); err != nil || owner.URN != role.URN {
			continue // belongs to another role
		}
		var inputs struct {
			Policy string `json:"policy"`
		}
		if err := node.decode(&inputs); err != nil {
			return err
		}
		if inputs.Policy != unknown {
			r.pipeline.Function.Policies = append(r.pipeline.Function.Policies, inputs.Policy)
		}
	}
	return nil
}

func (r *reader) notifications() error {
	for _, node := range r.plan.ofType(notificationType) {
		var inputs struct {
			Bucket          string `json:"bucket"`
			LambdaFunctions []struct {
				Events            []string `json:"events"`
				FilterPrefix      string   `json:"filterPrefix"`
				FilterSuffix      string   `json:"filterSuffix"`
				LambdaFunctionARN string   `json:"lambdaFunctionArn"`
			} `json:"lambdaFunctions"`
		}
		if err := node.decode(&inputs); err != nil {
			return err
		}
		if inputs.Bucket == unknown {
			source, err := r.plan.source(node, "bucket", bucketTypes...)
			if err != nil {
				return err
			}
			if inputs.Bucket, err = bucketName(source); err != nil {
				return err
			}
		}
		for _, entry := range inputs.LambdaFunctions {
			if entry.LambdaFunctionARN == unknown {
				if _, err := r.plan.source(node, "lambdaFunctions", functionType); err != nil {
					return err
				}
			} else if entry.LambdaFunctionARN != r.pipeline.Function.ARN {
				return fmt.Errorf("%s invokes %s, which is not a function of this stack", node.URN, entry.LambdaFunctionARN)
			}
			r.pipeline.Notifications = append(r.pipeline.Notifications, Notification{
				Bucket: inputs.Bucket, Events: entry.Events, Prefix: entry.FilterPrefix, Suffix: entry.FilterSuffix,
			})
		}
	}
	if len(r.pipeline.Notifications) == 0 {
		return errors.New("no bucket of the stack invokes the function for its objects")
	}
	return nil
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
