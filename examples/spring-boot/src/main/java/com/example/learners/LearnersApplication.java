package com.example.learners;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class LearnersApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(LearnersApplication.class, arguments);
    }
}
