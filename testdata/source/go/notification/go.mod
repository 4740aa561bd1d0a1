module example.com/notification

go 1.26
