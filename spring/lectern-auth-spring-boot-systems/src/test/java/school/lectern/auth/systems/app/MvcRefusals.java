package school.lectern.auth.systems.app;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import school.lectern.auth.servlet.AuthErrors;

/** Answers refusals of handlers of Spring MVC. */
@ControllerAdvice
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class MvcRefusals {

    @ExceptionHandler(Refusal.class)
    void answer(Refusal refusal, HttpServletRequest request, HttpServletResponse response) throws IOException {
        AuthErrors.send(request, response, refusal.error());
    }
}
