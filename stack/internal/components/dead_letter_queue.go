package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/policy"
)

// deadLetterRetentionSeconds is 14 days, the longest SQS keeps a message: what
// failed on a Friday is still there after a fortnight's holiday.
const deadLetterRetentionSeconds = 14 * 24 * 60 * 60

// DeadLetterQueueArgs describes a DeadLetterQueue.
type DeadLetterQueueArgs struct {
	// Scope is where the queue lives.
	Scope naming.Scope
	// QueueName is the queue's own name, at most 80 characters.
	QueueName string
	// KeyArn names the key that messages are encrypted with.
	KeyArn pulumi.StringInput
	// Protect keeps `pulumi destroy` from deleting the queue.
	Protect bool
}

// DeadLetterQueue keeps the events that the function has given up on.
type DeadLetterQueue struct {
	pulumi.ResourceState

	// Queue is the queue itself: a standard one, because Lambda does not accept FIFO queues.
	Queue *sqs.Queue
	// ExpectedARN is the queue's ARN as policies name it, known in advance.
	ExpectedARN string
	// Arn is the same for resources that have to wait for the queue.
	Arn pulumi.StringOutput
}

// NewDeadLetterQueue declares a DeadLetterQueue.
func NewDeadLetterQueue(ctx *pulumi.Context, name string, args *DeadLetterQueueArgs, opts ...pulumi.ResourceOption) (*DeadLetterQueue, error) {
	component := &DeadLetterQueue{}
	if err := ctx.RegisterComponentResource("pipeguard:stack:DeadLetterQueue", name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering dead-letter queue %s: %w", name, err)
	}
	expectedARN := args.Scope.ARN("sqs", args.QueueName)
	queue, err := sqs.NewQueue(ctx, name, &sqs.QueueArgs{
		Name:                    pulumi.String(args.QueueName),
		MessageRetentionSeconds: pulumi.Int(deadLetterRetentionSeconds),
		KmsMasterKeyId:          args.KeyArn.ToStringOutput(),
	}, pulumi.Parent(component), pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("declaring dead-letter queue %s: %w", name, err)
	}
	_, err = sqs.NewQueuePolicy(ctx, name, &sqs.QueuePolicyArgs{
		QueueUrl: queue.Url,
		Policy:   policy.JSON(policy.DenyPlainText("sqs", expectedARN)),
	}, pulumi.Parent(component))
	if err != nil {
		return nil, fmt.Errorf("declaring the policy of dead-letter queue %s: %w", name, err)
	}

	component.Queue, component.ExpectedARN, component.Arn = queue, expectedARN, deferredARN(queue.Name, expectedARN)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"arn": queue.Arn, "url": queue.Url})
}
