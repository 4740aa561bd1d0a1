module example.com/notification-clean

go 1.26
