// openapi-generator go: the client that it generates, in generated/.
package main

import (
	"context"
	"errors"
	"fmt"

	events "codegen/openapi_generator/generated"
	"codegen/program"
)

type client struct {
	api     *events.EventsAPIService
	context context.Context
	task    program.Task
}

func connect(task program.Task) (program.Client, error) {
	configuration := events.NewConfiguration()
	configuration.Servers = events.ServerConfigurations{{URL: task.URL}}
	return &client{
		events.NewAPIClient(configuration).EventsAPI,
		context.WithValue(context.Background(), events.ContextAccessToken, task.Token),
		task,
	}, nil
}

func (c *client) New(model string) any {
	return map[string]any{
		"EventListEnvelope":  &events.EventListEnvelope{},
		"LatestListEnvelope": &events.LatestListEnvelope{},
		"EventGetEnvelope":   &events.EventGetEnvelope{},
		"EventListResponse":  &events.EventListResponse{},
		"LatestListResponse": &events.LatestListResponse{},
		"EventGetResponse":   &events.EventGetResponse{},
		"ApiErrorResponse":   &events.ApiErrorResponse{},
	}[model]
}

func (c *client) Types(value any) ([]string, error) {
	var recorded []events.EventGetResponse
	switch value := value.(type) {
	case *events.LatestListEnvelope:
		recorded = value.Result.Items
	case *events.LatestListResponse:
		recorded = value.Items
	case *events.EventGetEnvelope:
		recorded = []events.EventGetResponse{value.Result}
	case *events.EventGetResponse:
		recorded = []events.EventGetResponse{*value}
	}
	var types []string
	for _, each := range recorded {
		types = append(types, fmt.Sprintf("%T", each.E.GetActualInstance()))
	}
	return types, nil
}

func (c *client) List(cursor string) (any, []program.Key, string, error) {
	request := c.api.ListEvents(c.context, c.task.Account, c.task.Connector).From(c.task.From).To(c.task.To).Limit(c.task.Limit)
	if cursor != "" {
		request = request.Cursor(cursor)
	}
	envelope, _, err := request.Execute()
	if err != nil {
		return nil, nil, "", err
	}
	var keys []program.Key
	for _, item := range envelope.Result.Items {
		keys = append(keys, program.Key{T: item.T, N: item.N})
	}
	return &envelope.Result, keys, envelope.Result.GetCursor(), nil
}

func (c *client) Latest() (any, error) {
	envelope, _, err := c.api.GetLatestEvents(c.context, c.task.Account, c.task.Connector).Execute()
	if err != nil {
		return nil, err
	}
	return &envelope.Result, nil
}

func (c *client) Get(key program.Key) (any, error) {
	envelope, response, err := c.api.GetEvent(c.context, c.task.Account, c.task.Connector, key.T, key.N).Execute()
	var refused *events.GenericOpenAPIError
	if errors.As(err, &refused) {
		if model, ok := refused.Model().(events.ApiErrorResponse); ok {
			return nil, &program.Failure{Status: response.StatusCode, Model: &model}
		}
	}
	if err != nil {
		return nil, err
	}
	return &envelope.Result, nil
}

func main() { program.Run(connect) }
