<?php
// What a program does with the AWS SDK for PHP, step by step. The SDK itself checks the digests of
// bodies and attributes. The endpoint comes from the environment. Argument: the folder that composer
// installed into. Prints the steps done as JSON.

use Aws\Sqs\Exception\SqsException;
use Aws\Sqs\SqsClient;

require $argv[1] . '/vendor/autoload.php';

const BODY = 'first & <best>, für Zoë 🚀';

$sqs = new SqsClient(['region' => getenv('AWS_REGION')]);
$steps = [];
$attributes = [
    'text' => ['DataType' => 'String', 'StringValue' => 'für & <Zoë>'],
    'price' => ['DataType' => 'Number.eur', 'StringValue' => '42.00'],
    'bytes' => ['DataType' => 'Binary', 'BinaryValue' => implode(array_map('chr', range(0, 255)))],
];

function check(bool $holds, string $otherwise): void
{
    if (!$holds) {
        throw new RuntimeException($otherwise);
    }
}

function create(string $name, array $attributes = []): string
{
    global $sqs;
    return $sqs->createQueue(['QueueName' => $name, 'Attributes' => $attributes])['QueueUrl'];
}

function attribute(string $url, string $name): ?string
{
    global $sqs;
    $shown = $sqs->getQueueAttributes(['QueueUrl' => $url, 'AttributeNames' => ['All']]);
    return $shown['Attributes'][$name] ?? null;
}

/** Long-polls until the messages have come. */
function receive(string $url, int $count, array $options = []): array
{
    global $sqs;
    $messages = [];
    $deadline = microtime(true) + 20;
    while (count($messages) < $count) {
        check(microtime(true) < $deadline, count($messages) . " of $count messages came");
        $received = $sqs->receiveMessage($options + [
            'QueueUrl' => $url,
            'MaxNumberOfMessages' => 10,
            'WaitTimeSeconds' => 5,
            'AttributeNames' => ['All'],
            'MessageAttributeNames' => ['All'],
        ]);
        array_push($messages, ...($received['Messages'] ?? []));
    }
    check(count($messages) === $count, count($messages) . ' messages came');
    return $messages;
}

function delete(string $url, array $message): void
{
    global $sqs;
    $sqs->deleteMessage(['QueueUrl' => $url, 'ReceiptHandle' => $message['ReceiptHandle']]);
}

function send(string $url, string $body, array $options = []): Aws\Result
{
    global $sqs;
    return $sqs->sendMessage($options + ['QueueUrl' => $url, 'MessageBody' => $body]);
}

$url = create('orders', ['VisibilityTimeout' => '60']);
check($sqs->getQueueUrl(['QueueName' => 'orders'])['QueueUrl'] === $url, 'another queue was found');
$steps[] = 'create';

$sent = send($url, BODY, ['MessageAttributes' => $attributes]);
[$message] = receive($url, 1);
check($message['MessageId'] === $sent['MessageId'], 'another message came');
check($message['Body'] === BODY, 'its body is another');
check($message['MessageAttributes'] == $attributes, 'its attributes are others');
$steps[] = 'send and receive';

$sqs->changeMessageVisibility([
    'QueueUrl' => $url,
    'ReceiptHandle' => $message['ReceiptHandle'],
    'VisibilityTimeout' => 0,
]);
[$message] = receive($url, 1);
check($message['Attributes']['ApproximateReceiveCount'] === '2', 'its count is not 2');
$steps[] = 'change visibility';

delete($url, $message);
check(attribute($url, 'ApproximateNumberOfMessagesNotVisible') === '0', 'it is still there');
$steps[] = 'delete';

$entries = array_map(
    fn (int $i) => ['Id' => "$i", 'MessageBody' => "body $i", 'MessageAttributes' => $attributes],
    range(0, 9),
);
$sent = $sqs->sendMessageBatch(['QueueUrl' => $url, 'Entries' => $entries]);
check(count($sent['Successful']) === 10, 'not all were sent');
$messages = receive($url, 10);
foreach ($messages as $message) {
    check($message['MessageAttributes'] == $attributes, 'its attributes are others');
}
$entries = array_map(
    fn (array $message) => ['Id' => $message['MessageId'], 'ReceiptHandle' => $message['ReceiptHandle']],
    array_slice($messages, 0, 9),
);
$entries[] = ['Id' => 'bad', 'ReceiptHandle' => 'no handle'];
$deleted = $sqs->deleteMessageBatch(['QueueUrl' => $url, 'Entries' => $entries]);
check(count($deleted['Successful']) === 9, 'not all were deleted');
check($deleted['Failed'][0]['Code'] === 'ReceiptHandleIsInvalid', $deleted['Failed'][0]['Code']);
delete($url, $messages[9]);
$steps[] = 'batches';

$began = microtime(true);
send($url, 'later', ['DelaySeconds' => 1]);
delete($url, receive($url, 1)[0]);
$took = microtime(true) - $began;
check($took > 0.9 && $took < 4, "it came after $took s");
$steps[] = 'long poll';

$sqs->setQueueAttributes(['QueueUrl' => $url, 'Attributes' => ['DelaySeconds' => '3']]);
check(attribute($url, 'DelaySeconds') === '3', 'the delay is another');
check(attribute($url, 'VisibilityTimeout') === '60', '60 is forgotten');
$steps[] = 'attributes';

$sqs->tagQueue(['QueueUrl' => $url, 'Tags' => ['team' => 'red + blue', 'stage' => 'test']]);
$sqs->untagQueue(['QueueUrl' => $url, 'TagKeys' => ['stage']]);
$tags = $sqs->listQueueTags(['QueueUrl' => $url])['Tags'];
check($tags === ['team' => 'red + blue'], 'tags: ' . json_encode($tags));
$steps[] = 'tags';

try {
    $sqs->getQueueUrl(['QueueName' => 'no-such-queue']);
} catch (SqsException $error) {
    $code = $error->getAwsErrorCode();
    check($code === 'AWS.SimpleQueueService.NonExistentQueue', "another error: $code");
    $steps[] = 'queue does not exist';
}

$fifo = create('ledger.fifo', ['FifoQueue' => 'true']);
$group = ['MessageGroupId' => 'g'];
$first = send($fifo, 'one', $group + ['MessageDeduplicationId' => 'd']);
$again = send($fifo, 'one', $group + ['MessageDeduplicationId' => 'd']);
check($first['MessageId'] === $again['MessageId'], 'it was sent twice');
check($first['SequenceNumber'] === $again['SequenceNumber'], 'it has two numbers');
send($fifo, 'two', $group + ['MessageDeduplicationId' => 'e']);
check(array_column(receive($fifo, 2), 'Body') === ['one', 'two'], 'they are not in order');
$steps[] = 'fifo';

$dead = create('failed');
$arn = attribute($dead, 'QueueArn');
$policy = json_encode(['deadLetterTargetArn' => $arn, 'maxReceiveCount' => 1]);
$work = create('work', ['VisibilityTimeout' => '0', 'RedrivePolicy' => $policy]);
send($work, 'poison');
receive($work, 1);
check(empty($sqs->receiveMessage(['QueueUrl' => $work])['Messages']), 'it came twice');
[$message] = receive($dead, 1, ['VisibilityTimeout' => 0]);
$source = $message['Attributes']['DeadLetterQueueSourceArn'];
check($source === attribute($work, 'QueueArn'), "its source is $source");
$sources = $sqs->listDeadLetterSourceQueues(['QueueUrl' => $dead])['queueUrls'];
check($sources === [$work], 'sources: ' . json_encode($sources));
$steps[] = 'dead letters';

$sqs->startMessageMoveTask(['SourceArn' => $arn]);
check(receive($work, 1)[0]['Body'] === 'poison', 'another message came back');
check(count($sqs->listMessageMoveTasks(['SourceArn' => $arn])['Results']) === 1, 'there is no task');
$steps[] = 'redrive';

send($url, 'to be purged');
$sqs->purgeQueue(['QueueUrl' => $url]);
check(attribute($url, 'ApproximateNumberOfMessagesDelayed') === '0', 'it is not empty');
foreach ([$url, $fifo, $dead, $work] as $queue) {
    $sqs->deleteQueue(['QueueUrl' => $queue]);
}
$steps[] = 'purge and delete queues';

echo json_encode(['steps' => $steps]), "\n";
