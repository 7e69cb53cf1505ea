// oapi-codegen: the client that it generates, in generated/.
package main

import (
	"context"
	"fmt"
	"net/http"

	events "codegen/oapi_codegen/generated"
	"codegen/program"
)

type client struct {
	api  *events.ClientWithResponses
	task program.Task
}

func connect(task program.Task) (program.Client, error) {
	api, err := events.NewClientWithResponses(task.URL, events.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+task.Token)
			return nil
		}))
	return &client{api, task}, err
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
		name, err := kind(each.E)
		if err != nil {
			return nil, err
		}
		types = append(types, name)
	}
	return types, nil
}

func (c *client) List(cursor string) (any, []program.Key, string, error) {
	params := &events.ListEventsParams{From: c.task.From, To: c.task.To, Limit: &c.task.Limit}
	if cursor != "" {
		params.Cursor = &cursor
	}
	response, err := c.api.ListEventsWithResponse(context.Background(), c.task.Account, c.task.Connector, params)
	if err != nil {
		return nil, nil, "", err
	}
	if response.JSON200 == nil {
		return nil, nil, "", fmt.Errorf("list: %s", response.Status())
	}
	page := response.JSON200.Result
	var keys []program.Key
	for _, item := range page.Items {
		keys = append(keys, program.Key{T: item.T, N: item.N})
	}
	next := ""
	if page.Cursor != nil {
		next = *page.Cursor
	}
	return &page, keys, next, nil
}

func (c *client) Latest() (any, error) {
	response, err := c.api.GetLatestEventsWithResponse(context.Background(), c.task.Account, c.task.Connector)
	if err != nil {
		return nil, err
	}
	if response.JSON200 == nil {
		return nil, fmt.Errorf("latest: %s", response.Status())
	}
	return &response.JSON200.Result, nil
}

func (c *client) Get(key program.Key) (any, error) {
	response, err := c.api.GetEventWithResponse(context.Background(), c.task.Account, c.task.Connector, key.T, key.N)
	if err != nil {
		return nil, err
	}
	if response.JSON404 != nil {
		return nil, &program.Failure{Status: response.StatusCode(), Model: response.JSON404}
	}
	if response.JSON200 == nil {
		return nil, fmt.Errorf("get: %s", response.Status())
	}
	return &response.JSON200.Result, nil
}

func main() { program.Run(connect) }
