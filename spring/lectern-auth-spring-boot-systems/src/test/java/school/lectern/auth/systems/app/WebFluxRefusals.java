package school.lectern.auth.systems.app;

import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter;

/** Answers refusals of handlers of WebFlux. */
@ControllerAdvice
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
class WebFluxRefusals {

    @ExceptionHandler(Refusal.class)
    Mono<Void> answer(Refusal refusal, ServerWebExchange exchange) {
        return LecternAuthWebFilter.send(exchange, refusal.error());
    }
}
