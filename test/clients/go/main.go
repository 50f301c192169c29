// What a program does with the AWS SDK for Go, step by step, and a consumer of 50 workers that
// long-poll. The endpoint comes from the environment.
//
// Argument: "steps" or "consume". Prints the steps done, or what the workers handled, as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func main() {
	ctx := context.Background()
	cfg := must(config.LoadDefaultConfig(ctx))
	client := sqs.NewFromConfig(cfg)
	var result any
	switch os.Args[1] {
	case "steps":
		result = map[string]any{"steps": takeSteps(ctx, client)}
	case "consume":
		result = consume(ctx, client)
	}
	fmt.Println(string(must(json.Marshal(result))))
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func expect(holds bool, format string, values ...any) {
	if !holds {
		panic(fmt.Sprintf(format, values...))
	}
}
